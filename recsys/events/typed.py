"""The four tables in the columns and types of `recsys.schema`, each as a table of the engine with its `row`."""

from __future__ import annotations

from datetime import date

from recsys import schema
from recsys.events import times
from recsys.events.shape import default_action
from recsys.events.words import WORDS
from recsys.settings import EventSettings
from recsys.sources.columns import NOTHING, amount, column_of, flag, number, text
from recsys.sources.engine import Connection, Relation, identifier, literal, run
from recsys.sources.tables import Table

GIVEN = "given"
"""Whether an event has anything where its time is expected."""
NO_NUMBER = "no_number"
"""Whether there is something where a number is expected, and it is none."""


def events(con: Connection, raw: Table, settings: EventSettings, as_of: date) -> Relation:
    """Events with the columns of `schema.EVENTS`, `GIVEN` and `NO_NUMBER`; what cannot be read is null."""
    rows = raw.rows
    value, amounts = column_of(rows, schema.VALUE), amount(rows, schema.VALUE)
    columns = {
        **{name: text(column_of(rows, name)) for name in (schema.USER_ID, schema.ITEM_ID)},
        schema.ACTION: _action(raw, settings),
        schema.OCCURRED_AT: times.parsed(rows),
        schema.VALUE: amounts,
        **{name: text(column_of(rows, name)) for name in (schema.DOMAIN, schema.EVENT_ID)},
        schema.POSITION: number(column_of(rows, schema.POSITION)),
        GIVEN: f"{text(column_of(rows, schema.OCCURRED_AT))} IS NOT NULL",
        NO_NUMBER: f"{text(value)} IS NOT NULL AND {amounts} IS NULL",
    }  # fmt: skip
    made = _table(con, "typed_events", rows, columns)
    times.complete(con, "typed_events", as_of)
    return made


def items(con: Connection, rows: Relation) -> Relation:
    """Items with the columns of `schema.ITEMS` but the text made of them; an item is available by default."""
    return _table(con, "typed_items", rows, {
        schema.ITEM_ID: text(column_of(rows, schema.ITEM_ID)),
        **{name: text(column_of(rows, name)) for name in WORDS},
        schema.AVAILABLE: flag(column_of(rows, schema.AVAILABLE), default=True),
    })  # fmt: skip


def users(con: Connection, rows: Relation) -> Relation:
    """Users: their id, and whatever attributes there are as text."""
    attributes = {name: text(column_of(rows, name)) for name in rows.columns if name != schema.USER_ID}
    return _table(con, "typed_users", rows, {schema.USER_ID: text(column_of(rows, schema.USER_ID)), **attributes})


def follows(con: Connection, rows: Relation) -> Relation:
    """Follows with the columns of `schema.FOLLOWS`; one without a weight weighs 1."""
    weight = column_of(rows, schema.WEIGHT)
    return _table(con, "typed_follows", rows, {
        **{name: text(column_of(rows, name)) for name in (schema.FOLLOWER_ID, schema.FOLLOWEE_ID)},
        schema.WEIGHT: f"CASE WHEN {text(weight)} IS NULL THEN 1.0 ELSE {number(weight)} END",
    })  # fmt: skip


def _action(raw: Table, settings: EventSettings) -> str:
    """Actions; one whose name is known but for case, blanks and hyphens is the one that is known."""
    column = column_of(raw.rows, schema.ACTION)
    if column is NOTHING:
        return literal(default_action(raw, settings))
    known = ", ".join(literal(name) for name in settings.action_weights)
    plain = f"replace(replace(lower(trim({text(column)})), ' ', '_'), '-', '_')"
    return f"CASE WHEN {plain} IN ({known}) AND {text(column)} NOT IN ({known}) THEN {plain} ELSE {text(column)} END"


def _table(con: Connection, name: str, rows: Relation, columns: dict[str, str]) -> Relation:
    """A table of these columns, and the number of each row, from 0 in the order of the source."""
    made = ", ".join(f"{sql} AS {identifier(column)}" for column, sql in columns.items())
    rows.select(f"row_number() OVER () - 1 AS {schema.ROW}, {made}").create(name)
    run(con, "CHECKPOINT")
    return con.table(name)
