"""Made-up data of a trade as the input of a demo, with the settings that `recsys init` proposes for it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from recsys.demo.given import Given, written
from recsys.demo.planted import trades
from recsys.errors import SettingsError
from recsys.library.inputs import forced
from recsys.settings import load
from recsys.trades import settings_file
from recsys.trades.trade import trade

ABOUT = """
[bold]Made-up data of {about}[/]: {events:,} events of {users} people with {items} items of {topics} topics.
Settings as `recsys init --trade {name}` proposes them: {file}"""


def given(folder: Path, name: str, last: date) -> Given:
    """Writes the data of a trade up to a day, and its settings file; one day is made of them.

    Raises `SettingsError` for a trade without made-up data.
    """
    if name not in trades.PLANTED:
        raise SettingsError(
            "there is no made-up data of such a trade",
            where="--trade",
            seen=name,
            expected=", ".join(trades.PLANTED),
            remedy="choose one of these",
        )
    made, place = trades.made(name, last), folder / f"{name}-{last}"
    files = written(place, {"events": made.events, "items": made.items, "users": made.users, "follows": made.follows})
    file = place / "recsys.toml"
    file.write_text(settings_file.written(name, trade(name), load(list(forced(files))), None))
    about = ABOUT.format(
        about=trade(name).about,
        name=name,
        file=file,
        events=len(made.events),
        items=len(made.items),
        users=made.events["user_id"].nunique(),
        topics=made.items["category"].nunique(),
    )
    return Given(about, [last], files, {"RECSYS_SETTINGS_FILE": str(file)})
