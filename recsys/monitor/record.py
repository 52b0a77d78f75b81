"""The table `recsys.monitor`: what was measured of each day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from psycopg2.extensions import cursor
from psycopg2.extras import execute_values

from recsys.monitor.measures import Measure, Usual

USUAL_DAYS = 7
"""Days recorded before, of which the median is what is usual."""
USUAL = """
    SELECT metric, part, percentile_cont(0.5) WITHIN GROUP (ORDER BY value) FROM recsys.monitor
    WHERE as_of IN (SELECT DISTINCT as_of FROM recsys.monitor WHERE as_of < %s ORDER BY as_of DESC LIMIT %s)
    GROUP BY metric, part
"""
LATEST = "SELECT value FROM recsys.monitor WHERE metric = %s AND part = %s AND as_of < %s ORDER BY as_of DESC LIMIT 1"
INSERT = "INSERT INTO recsys.monitor (as_of, metric, part, value, low, high, bound, over) VALUES %s"


def usual(work: cursor, as_of: date) -> Usual:
    """The median of every measure over the days recorded before a day, at most `USUAL_DAYS` of them."""
    work.execute(USUAL, (as_of, USUAL_DAYS))
    return {(metric, part): value for metric, part, value in work}


def latest(work: cursor, metric: str, part: str, before: date) -> float | None:
    """The measure as it was recorded last before a day."""
    work.execute(LATEST, (metric, part, before))
    row = work.fetchone()
    return None if row is None else float(row[0])


def take_turn(work: cursor) -> None:
    """Waits until no other transaction decides about, or records, a day."""
    work.execute("SELECT pg_advisory_xact_lock(hashtextextended('recsys.monitor', 0))")


def replace(work: cursor, as_of: date, measures: Sequence[Measure]) -> None:
    """Records a day; what was recorded of it before goes."""
    take_turn(work)
    work.execute("DELETE FROM recsys.monitor WHERE as_of = %s", (as_of,))
    rows = [
        (as_of, measure.metric, measure.part, measure.value, measure.low, measure.high, measure.bound, measure.over)
        for measure in measures
    ]
    execute_values(work, INSERT, rows)


def read(work: cursor, as_of: date | None = None) -> tuple[date | None, list[Measure]]:
    """A day, or the last day, and what was measured of it, by metric and part; None and nothing without any."""
    work.execute("SELECT coalesce(%s, max(as_of)) FROM recsys.monitor", (as_of,))
    (day,) = work.fetchone()
    work.execute(
        "SELECT metric, value, part, low, high, bound, over FROM recsys.monitor WHERE as_of = %s ORDER BY metric, part",
        (day,),
    )
    return day, [Measure(*row) for row in work]
