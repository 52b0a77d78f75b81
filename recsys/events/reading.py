"""What of a source's columns is read as what, and which columns nothing reads."""

from __future__ import annotations

import logging

from recsys import schema
from recsys.errors import override
from recsys.events import times
from recsys.sources.columns import NOTHING, column_of, number
from recsys.sources.engine import Relation
from recsys.sources.names import OTHER_NAMES
from recsys.sources.tables import Table, Tables

log = logging.getLogger(__name__)

SAMPLE = 1_000
"""Rows that are looked at to describe a column."""
TIMES, NUMBERS, TEXT, EMPTY = "times", "numbers", "text", "nothing"


def tell(raw: Tables) -> None:
    """Logs for each table which names were read as which columns, and what nothing reads; no value of any row.

    Warns where events have no time, and names the columns that read as a time.
    """
    for name, table in raw:
        renamed = [f"{own} as {column}" for column, own in table.named.items() if own != column]
        if renamed:
            log.info("%s: read %s", name, ", ".join(renamed))
        ignored = unused(name, table)
        if ignored:
            log.info("%s: nothing reads %s", name, ", ".join(f"{column} ({kind})" for column, kind in ignored.items()))
        if name == "events" and schema.OCCURRED_AT not in table.rows.columns:
            _tell_of_times([column for column, kind in ignored.items() if kind == TIMES])


def unused(name: str, table: Table) -> dict[str, str]:
    """Columns of a table that nothing reads, with what they look like; every column of users is an attribute."""
    known = OTHER_NAMES[name]
    if name == "users":
        return {}
    return {column: looks_like(table.rows, column) for column in table.rows.columns if column not in known}


def looks_like(rows: Relation, name: str) -> str:
    """What most of the first values of a column are: times, numbers, text or nothing."""
    column, sample = column_of(rows, name), rows.limit(SAMPLE)
    if column is NOTHING:
        return EMPTY
    read = sample.select(f"{column.sql} AS given, {times.parsed(sample, name)} AS instant, {number(column)} AS number")
    ((given, dated, counted),) = read.aggregate(
        f"count(given), count({times.plausible('instant')}), count(number)"
    ).fetchall()
    if not given:
        return EMPTY
    return TIMES if dated > given / 2 else NUMBERS if counted > given / 2 else TEXT


def _tell_of_times(found: list[str]) -> None:
    if found:
        log.warning(
            "events: no time is read, though %s reads as times: name it by %s",
            " and ".join(found),
            override(f'source.columns={{"occurred_at": "{found[0]}"}}'),
        )
    else:
        log.warning("events: there is no column of times (occurred_at), so their order stands in for it")
