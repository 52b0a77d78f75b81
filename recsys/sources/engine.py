"""DuckDB: scans, joins and sorts tables of any size, and spills to disk what does not fit into memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb

Connection = duckdb.DuckDBPyConnection
Relation = duckdb.DuckDBPyRelation

MEMORY = "1536MB"
"""What the engine may hold before it spills; arrays that are handed out are not counted."""
THREADS = 2


@contextmanager
def opened() -> Iterator[Connection]:
    """An engine without tables; times are UTC, rows keep their order, and a temporary folder takes what it spills."""
    with tempfile.TemporaryDirectory(prefix="recsys-engine-") as folder:
        config: dict[str, str | bool | int | float | list[str]]
        config = {"memory_limit": MEMORY, "threads": THREADS, "temp_directory": folder,
                  "autoinstall_known_extensions": False}  # fmt: skip
        with duckdb.connect(config=config) as con:
            run(con, "SET TimeZone = 'UTC'")
            run(con, "SET enable_progress_bar = false")
            yield con


def run(con: Connection, sql: str, values: Sequence[Any] = ()) -> None:
    """Runs a statement whose rows nobody needs."""
    con.execute(sql, list(values)).fetchall()


def row(con: Connection, sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...]:
    """The only row of a query."""
    (only,) = con.execute(sql, list(values)).fetchall()
    return tuple(only)


def stored(con: Connection, name: str, rows: Relation) -> Relation:
    """The rows as a table of the database, in their order: `rowid` counts from 0."""
    rows.create(name)
    return con.table(name)


def identifier(name: str) -> str:
    """A name as SQL writes it.

    >>> print(identifier('user id'))
    "user id"
    """
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL writes it.

    >>> literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"
