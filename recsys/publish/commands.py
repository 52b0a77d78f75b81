"""Commands of the serving store: `recsys dsn`, `migrate`, `publications` and `rollback`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from recsys.publish import connection

PubId = Annotated[
    int | None, typer.Argument(help="its number, as `recsys publications` shows; default: the one before")
]


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
    from recsys.publish import pointer

    table = Table("publication", "as of", "model version", "status", "users", "became live", box=None)
    kept = pointer.publications(connection.database_url())
    for one in kept:
        became = f"{one.published_at:%Y-%m-%d %H:%M:%S}" if one.published_at else "never"
        users = "?" if one.users is None else str(one.users)
        table.add_row(str(one.pub_id), str(one.as_of), one.model_version, one.status, users, became)
    Console().print(table)
    for one in kept:
        if one.refusal:
            typer.echo(f"publication {one.pub_id} was refused: {one.refusal}")


def rollback(pub_id: PubId = None) -> None:
    """Make an earlier publication live again; what was live is withdrawn."""
    from recsys.publish import pointer

    typer.echo(f"publication {pointer.rollback(connection.database_url(), pub_id)} is live")
