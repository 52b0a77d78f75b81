"""When an event occurred, whatever form the source gives it in."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pandas as pd

from recsys.events.columns import column_of, numbers, texts
from recsys.schema import ACTION, OCCURRED_AT, POSITION

POSITIONS = (POSITION, "pos")
MICROSECONDS = "datetime64[us, UTC]"

# Unix time by magnitude: below 1e11 seconds (the year 5138), then ms, µs, ns.
_UNIT_EDGES = np.array([1e11, 1e14, 1e17])
_MICROSECONDS_PER_UNIT = np.array([1e6, 1e3, 1.0, 1e-3])
_LATEST = 2.5e17
"""Microseconds of the year 9892: what lies beyond is no time."""


def end_of(day: date) -> pd.Timestamp:
    """The last microsecond of a day, UTC."""
    return pd.Timestamp(datetime.combine(day, time.max, tzinfo=UTC)).as_unit("us")


def times_of(events: pd.DataFrame, as_of: date) -> pd.Series:
    """Time of each event, UTC; null where it cannot be read.

    Without any times the order stands in for them: column `position` (or `pos`), else the order of the rows, counted in
    seconds back from the end of `as_of`. An action that never has a time, beside others that have, came before them
    all: its order is counted back from the end of the day before the earliest time. What has a time after `as_of` keeps
    it, and says nothing of the others.
    """
    given = column_of(events, OCCURRED_AT)
    times = parse(given)
    known = ~(times > end_of(as_of))
    return times.where(~known, _completed(times[known], events[known], given[known], as_of))


def _completed(times: pd.Series, events: pd.DataFrame, given: pd.Series, as_of: date) -> pd.Series:
    """The times with an order standing in for those that are not there."""
    if not given.notna().any():
        return _back_from(as_of, _order(events))
    if given.notna().all():
        return times
    undated = _undated(events, given)
    if not undated.any() or not times.notna().any():
        return times
    before = times.min().date() - timedelta(days=1)
    return times.where(~undated, _back_from(before, _order(events).where(undated)))


def _undated(events: pd.DataFrame, given: pd.Series) -> pd.Series:
    """Whether an event's action has no time in the whole table, (n_events,)."""
    return given.isna().groupby(texts(column_of(events, ACTION)), dropna=False).transform("all")


def _order(events: pd.DataFrame) -> pd.Series:
    name = next((name for name in POSITIONS if name in events.columns), None)
    position = numbers(events[name]) if name else pd.Series(np.arange(len(events), dtype=float), events.index)
    return position.where(np.isfinite(position))


def _back_from(day: date, position: pd.Series) -> pd.Series:
    return (end_of(day) - pd.to_timedelta((position.max() - position) * 1e6, unit="us")).astype(MICROSECONDS)


def stand_in(occurred_at: pd.Series) -> pd.Series:
    """Where a time (UTC) only stands in for an order: a whole number of seconds before the end of a day, (n,) bool.

    >>> stand_in(times_of(pd.DataFrame({"item_id": ["a", "b"]}), date(2024, 1, 31))).tolist()
    [True, True]
    """
    return occurred_at.dt.microsecond == end_of(date.min).microsecond


def latest(events: pd.DataFrame) -> date | None:
    """Day of the latest event (UTC), or None where no event has a time that can be read."""
    last = parse(column_of(events, OCCURRED_AT)).max()
    return None if pd.isna(last) else last.date()


def parse(column: pd.Series) -> pd.Series:
    """Times of datetimes, ISO 8601 texts (UTC where they name no zone), 20161016, or Unix times in s, ms, µs or ns.

    >>> parse(pd.Series(["2016-10-16T09:00:00+02:00", "1476601200", 1476601200000, "soon"])).dt.hour.tolist()
    [7.0, 7.0, 7.0, nan]
    """
    if isinstance(column.dtype, pd.DatetimeTZDtype) or column.dtype.kind == "M":
        return pd.to_datetime(column, utc=True).astype(MICROSECONDS)
    if _are_days(column):
        column = column.astype("Int64").astype("str")
    unix = _unix(column)
    written = column.where(unix.isna()).map(str, na_action="ignore")
    iso = pd.to_datetime(written, format="ISO8601", utc=True, errors="coerce").astype(MICROSECONDS)
    return iso.fillna(unix)


def _are_days(column: pd.Series) -> bool:
    """Whether whole numbers all read as days, such as 20161016: as Unix times they would lie in August of 1970."""
    if column.dtype.kind not in "if" or not column.notna().any():
        return False
    given = column.dropna()
    return (
        bool(given.between(19000101, 21001231).all())
        and bool((given % 1 == 0).all())
        and bool(pd.to_datetime(given.astype("int64").astype("str"), format="%Y%m%d", errors="coerce").notna().all())
    )


def _unix(column: pd.Series) -> pd.Series:
    """Times of numbers; a text counts as a number from nine digits on, so that 20161016 stays a date."""
    if pd.api.types.is_string_dtype(column.dtype):
        column = column.where(column.astype("str").str.fullmatch(r"-?\d{9,}(\.\d+)?", na=False))
    value = numbers(column)
    micro = value * _MICROSECONDS_PER_UNIT[np.searchsorted(_UNIT_EDGES, value.abs())]
    return pd.to_datetime(micro.where(micro.abs() < _LATEST), unit="us", utc=True).astype(MICROSECONDS)
