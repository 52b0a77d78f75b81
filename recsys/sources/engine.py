"""DuckDB: scans, joins and sorts tables of any size, and spills to disk what does not fit into memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb

from recsys.errors import DataError, RecsysError, TransientError

Connection = duckdb.DuckDBPyConnection
Relation = duckdb.DuckDBPyRelation

MEMORY = "1536MB"
"""What the engine may hold before it spills; arrays that are handed out are not counted."""
THREADS = 2

UNREADABLE = (duckdb.Error, duckdb.IOException, duckdb.InvalidInputException, duckdb.HTTPException)
"""What the engine raises where a file that was opened cannot be read to its end; all else is a fault of a query."""


@contextmanager
def opened() -> Iterator[Connection]:
    """An engine without tables; times are UTC, rows keep their order, and a temporary folder takes what it spills."""
    with tempfile.TemporaryDirectory(prefix="recsys-engine-") as folder:
        config: dict[str, str | bool | int | float | list[str]]
        config = {
            "memory_limit": MEMORY,
            "threads": THREADS,
            "temp_directory": folder,
            "autoinstall_known_extensions": False,
        }
        with duckdb.connect(config=config) as con:
            run(con, "SET TimeZone = 'UTC'")
            ((bar,),) = con.execute("SELECT current_setting('enable_progress_bar')").fetchall()
            if bar:  # a notebook without widgets has none, and refuses the setting
                run(con, "SET enable_progress_bar = false")
            try:
                yield con
            except duckdb.Error as error:
                if type(error) not in UNREADABLE:
                    raise
                raise _broken(error) from error


def _broken(error: duckdb.Error) -> RecsysError:
    if isinstance(error, duckdb.IOException):
        return TransientError(
            "a disk or a server refused to read or write",
            where="a file of the source, the store, or the folder for temporary files",
            seen=first_line(error),
            expected="files that can be reached, and room on the disk",
            remedy="make room or bring it back, then run it again",
        )
    return DataError(
        "the source cannot be read to its end",
        where="a file of the source",
        seen=first_line(error),
        expected="files that are whole",
        remedy="write the file again",
    )


def first_line(error: BaseException) -> str:
    """The first line of an error's message."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]


def run(con: Connection, sql: str, values: Sequence[Any] = ()) -> None:
    """Runs a statement whose rows are not needed."""
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
