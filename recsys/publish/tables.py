"""The tables of a publication: made aside, filled, and attached where readers look."""

from __future__ import annotations

from collections.abc import Iterable

from psycopg2 import sql
from psycopg2.extensions import cursor

LISTS, TRACES, ITEM_LISTS = "recommendation_list", "trace_list", "item_list"
PARTITIONED = (LISTS, TRACES, ITEM_LISTS)
KEYS = {LISTS: ("user_id",), TRACES: ("user_id",), ITEM_LISTS: ("kind", "key")}
"""Columns by which readers find a row of a publication."""
SCHEMA = "recsys"


def of(parent: str, pub_id: int) -> sql.Identifier:
    """Name of the table that holds a publication's rows of a partitioned table."""
    return sql.Identifier(SCHEMA, f"{parent}_{pub_id}")


def create(work: cursor, parents: Iterable[str], pub_id: int) -> None:
    """Makes tables of a publication, at which no reader looks.

    The CHECK proves to Postgres that every row fits, so that attaching needs no scan.
    """
    for parent in parents:
        _run(work, parent, pub_id, "CREATE TABLE {part} (LIKE {parent} INCLUDING STORAGE, CHECK (pub_id = {number}))")


def index(work: cursor, parent: str, pub_id: int) -> None:
    """Gives a filled table its primary key; psycopg2's `UniqueViolation` when two rows have the same."""
    _run(work, parent, pub_id, "ALTER TABLE {part} ADD PRIMARY KEY (pub_id, {keys})")


def attach(work: cursor, parents: Iterable[str], pub_id: int) -> None:
    """Puts the tables where readers look; their rows are visible once the pointer moves."""
    for parent in parents:
        _run(work, parent, pub_id, "ALTER TABLE {parent} ATTACH PARTITION {part} FOR VALUES IN ({number})")


def _run(work: cursor, parent: str, pub_id: int, statement: str) -> None:
    names = {
        "parent": sql.Identifier(SCHEMA, parent),
        "part": of(parent, pub_id),
        "number": sql.Literal(pub_id),
        "keys": sql.SQL(", ").join(map(sql.Identifier, KEYS[parent])),
    }
    work.execute(sql.SQL(statement).format(**names))
