"""MovieLens replayed: visits of 1996 to 2016, moved so that everybody's last visit falls on one of the last days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from recsys.demo.given import Given, written
from recsys.schema import OCCURRED_AT, USER_ID
from recsys.settings import SourceSettings
from recsys.sources import engine, movielens

DAYS = 3
"""Days on which last visits fall, and for which the demo makes lists."""
SECONDS_A_DAY = 86_400
ABOUT = """
[bold]A replay of MovieLens[/]: 100,004 ratings that 671 people gave from 1996 to 2016. All times of a person are moved
by the same number of days, so that everybody's last visit falls on one of the last {count} days, up to {last}."""


def days(last: date) -> list[date]:
    """The days of the replay, oldest first.

    >>> [day.day for day in days(date(2026, 1, 31))]
    [29, 30, 31]
    """
    return [last - timedelta(days=back) for back in reversed(range(DAYS))]


def replayed(events: pd.DataFrame, last: date) -> pd.DataFrame:
    """The events with the times (Unix seconds) of each user moved by whole days, all by the same number.

    So times of day, order and intervals stay. A hash of the user determines on which of `days` the user's last event
    falls.
    """
    ends = np.array([_day_number(day) for day in days(last)])
    selected = pd.util.hash_array(events[USER_ID].astype(str).to_numpy(object)) % len(ends)
    ended = events.groupby(USER_ID)[OCCURRED_AT].transform("max") // SECONDS_A_DAY
    return events.assign(**{OCCURRED_AT: events[OCCURRED_AT] + (ends[selected] - ended) * SECONDS_A_DAY})


def given(folder: Path, last: date) -> Given:
    """Writes the replay up to a day into a folder of its own.

    A day's replay has its own place, so lists of another day's replay are not taken for earlier lists of this replay.
    """
    with engine.opened() as con:
        tables = movielens.read(con, SourceSettings())
        made = {"events": replayed(tables.events.rows.df(), last), "items": tables.items.rows.df()}
    files = written(folder / f"replay-{last}", made)
    source = {"kind": "files", "layout": "", "ready": "", "users": "", "follows": "", **files}
    about = ABOUT.format(count=DAYS, last=last)
    return Given(about, days(last), files, {f"RECSYS_SOURCE__{name.upper()}": uri for name, uri in source.items()})


def _day_number(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) // SECONDS_A_DAY
