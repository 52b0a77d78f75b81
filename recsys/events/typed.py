"""The four tables in the columns and types of `recsys.schema`, each as a table of the engine with its `row`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

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


def events(con: Connection, raw: Table, settings: EventSettings, as_of: date, beside: str | None = None) -> Relation:
    """Events with the columns of `schema.EVENTS`, `GIVEN`, `NO_NUMBER`, and `schema.SPLIT` where the source has it.

    What cannot be read is null.

    Texts that come again and again are enumerated: values in their order, of a few bytes each. Those of a table
    `beside` the source's, whose rows are to be added later, are enumerated with them.
    """
    rows = raw.rows
    value, amounts = column_of(rows, schema.VALUE), amount(rows, schema.VALUE)
    words = {
        **{name: text(column_of(rows, name)) for name in (schema.USER_ID, schema.ITEM_ID, schema.DOMAIN)},
        schema.ACTION: _action(raw, settings),
    }
    columns = {
        **{name: f"({sql})::{_enumerate(con, rows, name, sql, beside)}" for name, sql in words.items()},
        schema.OCCURRED_AT: times.parsed(rows),
        schema.VALUE: amounts,
        schema.EVENT_ID: text(column_of(rows, schema.EVENT_ID)),
        schema.POSITION: number(column_of(rows, schema.POSITION)),
        GIVEN: f"{text(column_of(rows, schema.OCCURRED_AT))} IS NOT NULL",
        NO_NUMBER: f"{text(value)} IS NOT NULL AND {amounts} IS NULL",
    }
    if schema.SPLIT in rows.columns:
        columns[schema.SPLIT] = text(column_of(rows, schema.SPLIT))
    made = _table(con, "typed_events", rows, columns, then={schema.OCCURRED_AT: times.plausible(schema.OCCURRED_AT)})
    times.complete(con, "typed_events", as_of)
    return made


def enumerated(name: str) -> str:
    """The type of a column of events whose values come again and again; its order is that of the values."""
    return f"any_{name}"


def values(name: str) -> str:
    """The table of the values of such a column, in `value`."""
    return f"values_{name}"


def _enumerate(con: Connection, rows: Relation, name: str, sql: str, beside: str | None) -> str:
    there = column_of(rows, name) is not NOTHING
    (rows if there else rows.limit(1)).select(f"{sql} AS value").create_view("given_values", replace=True)
    given = "SELECT value FROM given_values"
    if name in (schema.ITEM_ID, schema.DOMAIN):
        given += f" UNION SELECT {name} FROM typed_items"
    if beside and name in con.table(beside).columns:
        given += f" UNION SELECT {name} FROM {beside}"
    run(
        con,
        f"CREATE TABLE {values(name)} AS SELECT DISTINCT coalesce(value, '') AS value FROM ({given}) ORDER BY value",
    )
    run(con, f"CREATE TYPE {enumerated(name)} AS ENUM (SELECT value FROM {values(name)})")
    return enumerated(name)


def items(con: Connection, rows: Relation) -> Relation:
    """Items with the columns of `schema.ITEMS` but the text made of them; an item is available by default."""
    return _table(
        con,
        "typed_items",
        rows,
        {
            schema.ITEM_ID: text(column_of(rows, schema.ITEM_ID)),
            **{name: text(column_of(rows, name)) for name in (*WORDS, schema.IMAGE_URI)},
            schema.AVAILABLE: flag(column_of(rows, schema.AVAILABLE), default=True),
        },
    )


def users(con: Connection, rows: Relation) -> Relation:
    """Users: their id, and whatever attributes there are as text."""
    attributes = {name: text(column_of(rows, name)) for name in rows.columns if name != schema.USER_ID}
    return _table(con, "typed_users", rows, {schema.USER_ID: text(column_of(rows, schema.USER_ID)), **attributes})


def follows(con: Connection, rows: Relation) -> Relation:
    """Follows with the columns of `schema.FOLLOWS`; a follow without a weight weighs 1."""
    weight = column_of(rows, schema.WEIGHT)
    return _table(
        con,
        "typed_follows",
        rows,
        {
            **{name: text(column_of(rows, name)) for name in (schema.FOLLOWER_ID, schema.FOLLOWEE_ID)},
            schema.WEIGHT: f"CASE WHEN {text(weight)} IS NULL THEN 1.0 ELSE {number(weight)} END",
        },
    )


def _action(raw: Table, settings: EventSettings) -> str:
    """Actions; a name that is known but for case, blanks and hyphens becomes the known name."""
    column = column_of(raw.rows, schema.ACTION)
    if column is NOTHING:
        return literal(default_action(raw, settings))
    known, given = ", ".join(literal(name) for name in settings.action_weights), text(column)
    if not raw.rows.filter(f"{given} NOT IN ({known})").limit(1).fetchall():
        return given
    plain = f"replace(replace(lower(trim({given})), ' ', '_'), '-', '_')"
    return f"CASE WHEN {given} NOT IN ({known}) AND {plain} IN ({known}) THEN {plain} ELSE {given} END"


def _table(
    con: Connection,
    name: str,
    rows: Relation,
    columns: Mapping[str, str],
    then: Mapping[str, str] = MappingProxyType({}),
) -> Relation:
    """A table of these columns, and the number of each row, from 0 in the order of the source.

    `then` defines what becomes of some of the columns once they are made.
    """
    made = ", ".join(f"{sql} AS {identifier(column)}" for column, sql in columns.items())
    after = ", ".join(f"{then.get(column, identifier(column))} AS {identifier(column)}" for column in columns)
    rows.select(f"row_number() OVER () - 1 AS {schema.ROW}, {made}").select(f"{schema.ROW}, {after}").create(name)
    return con.table(name)
