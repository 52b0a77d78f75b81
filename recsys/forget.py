"""Forgetting a user everywhere: in files and Postgres, and by a tag on the language models that learnt from them."""

from __future__ import annotations

from typing import Annotated

import typer

from recsys.privacy import pseudonyms
from recsys.publish import connection
from recsys.settings import load
from recsys.tracking import registry

UserId = Annotated[str, typer.Argument(help="as the source has it; with RECSYS_PSEUDONYM_KEY its pseudonym is taken")]
Overrides = Annotated[list[str], typer.Option("--set", help="a setting, such as store=var/store; repeatable")]


def forget(user_id: UserId, set_: Overrides = []) -> None:  # noqa: B006
    """Remove a user from files and database, leave them out from now on, and write a proof."""
    from recsys.publish import erasure

    settings = load(set_)
    made = erasure.forget(connection.database_url(), settings, pseudonyms.pseudonym(user_id))
    if settings.tracking.uri:
        tagged = registry.tag_forgotten(settings, erasure.marked_trainings(settings))
        typer.echo(f"registered language models that learnt from users who are forgotten by now: {len(tagged)}")
    else:
        typer.echo("no MLflow server is named: registered language models say so when one is to become champion")
    typer.echo(f"{made.rows} rows removed, {made.marked} models marked; proof: {made.proof}")
