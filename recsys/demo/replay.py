"""MovieLens replayed: visits of 1996 to 2016, moved so that everybody's last one falls on one of the last days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from recsys.schema import OCCURRED_AT, USER_ID
from recsys.settings import SourceSettings
from recsys.sources import engine, movielens

DAYS = 3
"""Days on which last visits fall, and for which the demo makes lists."""
SECONDS_A_DAY = 86_400


def days(last: date) -> list[date]:
    """The days of the replay, oldest first.

    >>> [day.day for day in days(date(2026, 1, 31))]
    [29, 30, 31]
    """
    return [last - timedelta(days=back) for back in reversed(range(DAYS))]


def replayed(events: pd.DataFrame, last: date) -> pd.DataFrame:
    """The events with the times (Unix seconds) of each user moved by whole days, all by the same number.

    So times of day, order and intervals stay. A hash of the user says on which of `days` the user's last event falls.
    """
    ends = np.array([_day_number(day) for day in days(last)])
    chosen = pd.util.hash_array(events[USER_ID].astype(str).to_numpy(object)) % len(ends)
    ended = events.groupby(USER_ID)[OCCURRED_AT].transform("max") // SECONDS_A_DAY
    return events.assign(**{OCCURRED_AT: events[OCCURRED_AT] + (ends[chosen] - ended) * SECONDS_A_DAY})


def write(folder: Path, last: date) -> Mapping[str, str]:
    """Writes the replay up to a day into a folder of its own; returns the settings that name it, as variables.

    A day's replay has its own place, so lists of another day's replay are not taken for earlier lists of this one.
    """
    place = folder / f"replay-{last}"
    place.mkdir(parents=True, exist_ok=True)
    with engine.opened() as con:
        tables = movielens.read(con, SourceSettings())
        made = {"events": replayed(tables.events.rows.df(), last), "items": tables.items.rows.df()}
    for name, table in made.items():
        aside = place / f".{name}.parquet"
        table.to_parquet(aside, index=False)
        aside.replace(place / f"{name}.parquet")
    named = {f"RECSYS_SOURCE__{name.upper()}": str(place / f"{name}.parquet") for name in made}
    nothing_else = {f"RECSYS_SOURCE__{name}": "" for name in ("USERS", "FOLLOWS", "LAYOUT", "READY")}
    return {"RECSYS_SOURCE__KIND": "files", **named, **nothing_else}


def _day_number(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) // SECONDS_A_DAY
