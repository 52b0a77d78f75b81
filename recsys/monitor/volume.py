"""How much input there was, how fresh it was, and how much of it was bad."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import numpy as np

from recsys.events.interactions import Days
from recsys.events.tables import end_of
from recsys.events.times import stand_in
from recsys.monitor.measures import Measure, Usual, at_most, change
from recsys.settings import MonitorSettings

DAY = "day"
"""Part of what is of the day alone."""
JUDGED = ("events", "duplicate events", "items", "users", "follows", "quarantined")
"""Counts of ingest that together are all rows it judged."""


def volume(
    rows: Mapping[str, int], day: Days, users: int, as_of: date, usual: Usual, bounds: MonitorSettings
) -> Iterator[Measure]:
    """Counts and their change, the lag and the bad share; no lag where an order stands in for times.

    `rows` are the counts of ingest and `day` its events, in days since 1970; `users` is how many have an event or are
    in a table.
    """
    whole = Measure("events", rows["events"])
    yield from (whole, Measure("users", users), Measure("items", rows["items"]))
    yield from change(whole, usual, bounds.max_volume_change)
    judged = sum(rows[name] for name in JUDGED)
    yield Measure("quarantined", rows["quarantined"])
    yield at_most("quarantined_share", rows["quarantined"] / judged, bounds.max_quarantined_share)
    timed = day[~stand_in(day)]
    if len(timed):
        yield from _by_time(np.floor(timed), as_of, usual, bounds)


def _by_time(days: Days, as_of: date, usual: Usual, bounds: MonitorSettings) -> Iterator[Measure]:
    today = end_of(as_of) - 1
    of_day = Measure("events", int((days == today).sum()), DAY)
    yield of_day
    yield from change(of_day, usual, bounds.max_day_change)
    yield at_most("lag_days", float(today - days.max()), bounds.max_lag_days)
