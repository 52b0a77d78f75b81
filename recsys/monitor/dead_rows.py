"""Rows of the serving store that are dead and still take space: autovacuum removes them, unless something holds it."""

from __future__ import annotations

from collections.abc import Iterator

from psycopg2.extensions import cursor

from recsys.monitor.measures import Measure, at_most
from recsys.publish import space
from recsys.settings import MonitorSettings

MIN_ROWS = 10_000
"""Rows from which on a table is measured: a few dead rows are most of a small table, and nothing is wrong with it."""


def dead_rows(work: cursor, bounds: MonitorSettings) -> Iterator[Measure]:
    """The share of dead rows in each large table."""
    for table in space.tables(work):
        if table.live + table.dead >= MIN_ROWS:
            yield at_most("dead_share", table.dead_share, bounds.max_dead_share, table.name)
