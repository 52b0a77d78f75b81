"""`recsys check`: what a run would make of some files."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from recsys.errors import as_typed
from recsys.library.inputs import forced
from recsys.settings import load


def check(
    events: Annotated[
        str | None, typer.Option(help="file, folder or glob of events; default: as in the settings")
    ] = None,
    items: Annotated[str | None, typer.Option(help="file, folder or glob of items")] = None,
    users: Annotated[str | None, typer.Option(help="file, folder or glob of users")] = None,
    follows: Annotated[str | None, typer.Option(help="file, folder or glob of follows")] = None,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="last day looked at; default: that of the last event")
    ] = None,
    whole: Annotated[bool, typer.Option("--all", help="judge every event, not a sample of 200,000")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="the same for machines")] = False,
    set_: Annotated[list[str], typer.Option("--set", help="a setting, such as source.layout=mind; repeatable")] = [],  # noqa: B006
) -> None:
    """Show on one page what `recsys batch` would make of these files; shows ids as examples.

    The exit status is 0 where all is fine, 1 where there are warnings, 2 where the files cannot be used.
    """
    from recsys.check import page

    files = {"events": events, "items": items, "users": users, "follows": follows}
    settings = load([*set_, *forced(files)])
    found = page.check(settings, as_of.date() if as_of else None, datetime.now(UTC), whole)
    text = json.dumps(found.to_dict(), indent=1, ensure_ascii=False) if as_json else found.text()
    typer.echo(as_typed(text, files))
    raise typer.Exit(int(found.severity))
