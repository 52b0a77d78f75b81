"""When an event occurred, whatever form the source gives it in."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from recsys.schema import OCCURRED_AT
from recsys.sources.columns import NOTHING, Column, column_of
from recsys.sources.engine import Connection, Relation, literal, row, run
from recsys.sources.tables import Table

MIN_UNIX = 1e8
"""The least Unix time in seconds: March of 1973. Less is a number, 0 and -1 are unknown times."""
MIN_YEAR = 1901
"""The least year: what has no time is dated 0001-01-01 or 1900-01-01 by many databases."""
UNKNOWN = (0, -1, -1_000, -1_000_000)
"""Microseconds since 1970 of 0 and -1 in any unit."""
MICRO = 1_000_000
STAND_IN = MICRO - 1
"""The microsecond of a time that only stands in for an order: a whole number of seconds before the end of a day."""
FORMATS_BY_DAY = (
    "%d.%m.%Y",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d %b %Y",
    "%d %b %Y %H:%M",
    "%d %b %Y, %H:%M",
    "%d %b %Y %H:%M:%S",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%b %d %Y",
    "%a, %d %b %Y %H:%M:%S GMT",
)
"""Texts that begin with the day or with the name of the month; with slashes the two are ambiguous."""
FORMATS = ("%Y%m%d", "%Y%m%dT%H%M%S", "%Y%m%dT%H%M%SZ", "%Y-%m-%dT%H:%M:%S.%fZ")
ZONED = ("%Y-%m-%d %H:%M:%S %z", "%Y-%m-%d %H:%M:%S.%f %z", "%Y%m%dT%H%M%S%z")
"""Forms of text that a cast does not read."""


def end_of(day: date) -> pd.Timestamp:
    """The last microsecond of a day, UTC."""
    return pd.Timestamp(datetime.combine(day, time.max, tzinfo=UTC)).as_unit("us")


def parsed(rows: Relation, name: str = OCCURRED_AT) -> str:
    """SQL for the times of a column, to be judged by `plausible`; what is no time is null.

    Times are timestamps, ISO 8601 texts (UTC where they name no zone), 20161016, or Unix times in s, ms, µs or ns.
    """
    column = column_of(rows, name)
    if column is NOTHING:
        return "NULL::TIMESTAMPTZ"
    if column.is_number:
        instant = _day("%Y%m%d", column) if _are_days(rows, column) else _unix(f"{column.sql}::DOUBLE")
    elif column.is_text:
        instant = _written(column.sql)
    else:
        instant = f"TRY_CAST({column.sql} AS TIMESTAMPTZ)"
    return instant


def plausible(instant: str) -> str:
    """SQL for a parsed time where it is valid; 0 and -1 in any unit, and years of five digits, are none."""
    unknown = ", ".join(map(str, UNKNOWN))
    likely = f"isfinite({instant}) AND year({instant}) BETWEEN {MIN_YEAR} AND 9999"
    return f"CASE WHEN {likely} AND epoch_us({instant}) NOT IN ({unknown}) THEN {instant} END"


def latest(events: Table, until: date) -> date | None:
    """Day of the latest event (UTC) up to a day, or None where no event has a time that can be read."""
    instants = events.rows.select(f"{parsed(events.rows)} AS instant").select(f"{plausible('instant')} AS instant")
    ((last,),) = instants.filter(f"instant <= '{end_of(until)}'::TIMESTAMPTZ").aggregate("max(instant)").fetchall()
    return None if last is None else last.astimezone(UTC).date()


def complete(con: Connection, events: str, as_of: date) -> None:
    """Fills the times of a table of events where an order stands in for them.

    The table has `row`, `occurred_at`, `given` (whether a time was written at all), `action` and `position`. Without
    any times the order stands in: the position, else the order of the rows, counted in seconds back from the end of
    `as_of`. An action that never has a time, beside others that have, came before them all: its order is counted back
    from the end of the day before the earliest time. What has a time after `as_of` keeps it, and has no effect on the
    others.
    """
    known = f"(occurred_at IS NULL OR occurred_at <= '{end_of(as_of)}'::TIMESTAMPTZ)"
    given, total, earliest = row(
        con, f"SELECT coalesce(sum(given::INT), 0), count(*), min(occurred_at) FROM {events} WHERE {known}"
    )
    if given == total:
        return
    if not given:
        _stand_in(con, events, known, as_of)
    elif earliest is not None:
        never = f"SELECT action FROM {events} WHERE {known} GROUP BY action HAVING NOT bool_or(given)"
        undated = f"{known} AND coalesce(action, '') IN (SELECT coalesce(action, '') FROM ({never}))"
        _stand_in(con, events, undated, earliest.astimezone(UTC).date() - timedelta(days=1))


def _stand_in(con: Connection, events: str, selected: str, day: date) -> None:
    """Dates the selected events by their order, in seconds back from the end of a day."""
    ((positions,),) = con.execute(f"SELECT count(position) FROM {events}").fetchall()
    order = "position" if positions else "row_number() OVER (ORDER BY row)::DOUBLE"
    run(
        con,
        f"""
        UPDATE {events} SET occurred_at = dated.instant FROM (
            SELECT row, '{end_of(day)}'::TIMESTAMPTZ - to_microseconds(((max(place) OVER () - place) * 1e6)::BIGINT)
                AS instant
            FROM (SELECT row, {order} AS place FROM {events} WHERE {selected})) AS dated
        WHERE {events}.row = dated.row""",
    )


def stand_in(day: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Where a time, in days since 1970 (UTC), only stands in for an order, (n,).

    >>> midnight = (end_of(date(2024, 1, 31)).value // 1_000) / (86_400 * MICRO)
    >>> stand_in(np.array([midnight, 19753.5])).tolist()
    [True, False]
    """
    return np.asarray(np.rint(day * 86_400 * MICRO).astype(np.int64) % MICRO == STAND_IN)


def _written(sql: str) -> str:
    """Times of texts; a text counts as a number from nine digits on, so that 20161016 stays a date."""
    plain, zoned = (", ".join(f"'{form}'" for form in forms) for forms in (FORMATS, ZONED))
    words = f"trim({sql})"
    by_day = ", ".join(map(literal, FORMATS_BY_DAY))
    unix = _unix(f"TRY_CAST({words} AS DOUBLE)")
    return f"""coalesce(TRY_CAST({sql} AS TIMESTAMPTZ), CASE
        WHEN regexp_full_match({words}, '-?\\d{{9,}}(\\.\\d*)?') THEN {unix}
        WHEN regexp_matches({words}, '^\\d{{4}}') THEN coalesce(TRY_CAST({words} AS TIMESTAMPTZ),
            try_strptime({words}, [{zoned}]), try_strptime({words}, [{plain}])::TIMESTAMPTZ)
        WHEN regexp_matches({words}, '^(\\d?\\d[. ]|[A-Za-z]{{3}})')
            THEN try_strptime({words}, [{by_day}])::TIMESTAMPTZ END)"""


def _unix(sql: str) -> str:
    """Unix time by magnitude: below 1e11 seconds (the year 5138), then ms, µs, ns."""
    micro = (
        f"CASE WHEN abs({sql}) < 1e11 THEN {sql} * 1e6 WHEN abs({sql}) < 1e14 THEN {sql} * 1e3 "
        f"WHEN abs({sql}) < 1e17 THEN {sql} ELSE {sql} / 1e3 END"
    )
    bounded = f"abs({sql}) >= {MIN_UNIX} AND abs({sql}) < 2e20"
    return f"CASE WHEN {bounded} THEN make_timestamptz(TRY_CAST({micro} AS BIGINT)) END"


def _day(form: str, column: Column) -> str:
    return f"try_strptime({column.sql}::HUGEINT::VARCHAR, '{form}')::TIMESTAMPTZ"


def _are_days(rows: Relation, column: Column) -> bool:
    """Whether numbers all read as days, such as 20161016."""
    day = f"CASE WHEN {column.sql} BETWEEN 19000101 AND 21001231 THEN {_day('%Y%m%d', column)} END"
    found = rows.filter(f"{column.sql} IS NOT NULL").aggregate(f"bool_and({day} IS NOT NULL)").fetchall()
    return found == [(True,)]
