"""Commands of the serving store, from `recsys dsn` to `recsys refresh`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from recsys.privacy import pseudonyms
from recsys.publish import connection
from recsys.settings import load

PubId = Annotated[
    int | None, typer.Argument(help="its number, as `recsys publications` shows; default: the one before")
]
Actor = Annotated[str, typer.Option(help="who asked for it; default: the account that runs the command")]
Overrides = Annotated[list[str], typer.Option("--set", help="a setting, such as store=var/store; repeatable")]
AsOf = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="last day looked at; default: today (UTC)")]


def dsn() -> None:
    """Print the connection string of the serving database in use, password included: psql "$(recsys dsn)"."""
    typer.echo(connection.database_url())


def migrate() -> None:
    """Bring the serving database's tables, view, function and roles up to date."""
    from recsys.publish import migrations  # slow to load, and only needed here

    migrations.migrate(connection.database_url())
    typer.echo(f"{connection.place(connection.database_url())} is up to date")


def publications() -> None:
    """Show the publications that are kept, newest first."""
    from recsys.publish import kept

    table = Table("publication", "as of", "model version", "status", "users", "published", box=None)
    made = kept.publications(connection.database_url())
    for publication in made:
        became = f"{publication.published_at:%Y-%m-%d %H:%M:%S}" if publication.published_at else "never"
        users = "?" if publication.users is None else str(publication.users)
        table.add_row(
            str(publication.pub_id),
            str(publication.as_of),
            publication.model_version,
            publication.status,
            users,
            became,
        )
    Console().print(table)
    for publication in made:
        if publication.refusal:
            typer.echo(f"publication {publication.pub_id} was refused: {publication.refusal}")


def rollback(pub_id: PubId = None, actor: Actor = "") -> None:
    """Make an earlier publication live again; what was live is withdrawn."""
    from recsys.publish import pointer

    typer.echo(f"publication {pointer.rollback(connection.database_url(), pub_id, actor)} is live")


def refresh(as_of: AsOf = None, set_: Overrides = []) -> None:  # noqa: B006
    """Give users who did something since the live publication new lists, by its own models."""
    from recsys.publish import refresh as refreshing  # reads models: slow to load

    day = (as_of or datetime.now(UTC)).date()
    made = refreshing.refresh(connection.database_url(), load(set_), day)
    if made.pub_id is None:
        typer.echo("nothing is live yet, so there is nothing to refresh")
    else:
        typer.echo(f"{made.users} users did something new; {made.overlaid} lists lie over publication {made.pub_id}")


def pseudonym(user_id: Annotated[str, typer.Argument(help="as the source has it")]) -> None:
    """Print the id by which a user is known here, and is to be asked for."""
    typer.echo(pseudonyms.pseudonym(user_id))
