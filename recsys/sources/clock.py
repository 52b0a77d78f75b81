"""A day in one column and the time of day in another are joined to one time."""

from __future__ import annotations

from recsys.schema import OCCURRED_AT
from recsys.sources.engine import Relation, identifier, literal
from recsys.sources.names import plain
from recsys.sources.tables import Table

CLOCKS = ("time", "timeofday", "hour", "clock", "eventtime", "ordertime", "transactiontime", "purchasetime")
"""Names of a column of times of day, without case and signs."""
CLOCK = r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?"
DAY = r"(\d{4}-\d{2}-\d{2}( 00:00:00)?|\d{1,2}\.\d{1,2}\.\d{4})"
"""How a time of day is written, and a day that a time of day can follow."""


def joined(table: Table) -> Table:
    """The events with the time of day set behind the day, where all of both are written so and stand apart."""
    rows = table.rows
    clock = next((name for name in rows.columns if plain(name) in CLOCKS and name != OCCURRED_AT), None)
    if clock is None or OCCURRED_AT not in rows.columns or not _all(rows, clock, CLOCK):
        return table
    if not _all(rows, OCCURRED_AT, DAY):
        return table
    day = f"replace({OCCURRED_AT}::VARCHAR, ' 00:00:00', '')"
    whole = f"CASE WHEN {OCCURRED_AT} IS NOT NULL THEN concat_ws(' ', {day}, {identifier(clock)}::VARCHAR) END"
    made = rows.select(f"* EXCLUDE ({identifier(clock)}) REPLACE ({whole} AS {OCCURRED_AT})")
    own = table.named.get(OCCURRED_AT, OCCURRED_AT)
    return table.but(rows=made, named={**table.named, OCCURRED_AT: f"{own} and {clock}"})


def _all(rows: Relation, name: str, form: str) -> bool:
    """Whether all values that a column has are written in a form, and it has some."""
    text = f"nullif(trim({identifier(name)}::VARCHAR), '')"
    found = rows.aggregate(f"bool_and(regexp_full_match({text}, {literal(form)}))").fetchall()
    return found == [(True,)]
