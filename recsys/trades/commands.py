"""`recsys init`: a settings file to begin with."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recsys.batch import writable
from recsys.errors import SettingsError, as_typed
from recsys.library.inputs import forced
from recsys.settings import load
from recsys.trades.trade import TRADES, trade

if TYPE_CHECKING:
    from recsys.check.page import Page


def init(
    trade_: Annotated[str, typer.Option("--trade", help=" | ".join(TRADES))],
    events: Annotated[str | None, typer.Option(help="file, folder or glob of events")] = None,
    items: Annotated[str | None, typer.Option(help="file, folder or glob of items")] = None,
    users: Annotated[str | None, typer.Option(help="file, folder or glob of users")] = None,
    follows: Annotated[str | None, typer.Option(help="file, folder or glob of follows")] = None,
    out: Annotated[Path, typer.Option(help="file to write; one that is there stays as it is")] = Path("recsys.toml"),
    set_: Annotated[list[str], typer.Option("--set", help="a setting, such as source.layout=mind; repeatable")] = [],  # noqa: B006
) -> None:
    """Write a settings file for a trade, with comments, and with what `recsys check` sees in your files."""
    from recsys.check import page
    from recsys.trades.settings_file import written

    found_trade = trade(trade_)
    _check_place(out)
    files = {"events": events, "items": items, "users": users, "follows": follows}
    settings = load([*set_, *forced(files)])
    found = None
    if events and items:
        found = page.check(settings, None, datetime.now(UTC))
        if _lacks_action(found):
            settings = load([*set_, *forced(files), f"events.default_action={found_trade.default_action}"])
            found = page.check(settings, None, datetime.now(UTC))
    out.write_text(written(trade_, found_trade, settings, found))
    typer.echo(f"written: {out}; in force with: export RECSYS_SETTINGS_FILE={out.resolve()}")
    if found and found.severity:
        typer.echo(as_typed(found.text(), files))


def _lacks_action(found: Page) -> bool:
    """Whether events have no column of actions, and nothing names what they are."""
    columns = [section.facts.get("events", {}) for section in found.sections if section.name == "columns"]
    return any(facts.get("default_action") == "" for facts in columns)


def _check_place(out: Path) -> None:
    if out.exists():
        raise SettingsError(
            "the settings file is there already",
            where="--out",
            seen=str(out),
            expected="a file that is not there",
            remedy="move it away, or name another by --out",
        )
    writable(out)
