"""Tables from a database: a table or a query each, over any SQLAlchemy URL, streamed and in one snapshot.

The URL is a secret: it comes from RECSYS_SOURCE_URL, or from the file that RECSYS_SOURCE_URL_FILE names.
"""

from __future__ import annotations

import csv
import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError, SQLAlchemyError

from recsys.errors import DataError, SettingsError, TransientError
from recsys.settings import SourceSettings
from recsys.sources.engine import Connection, first_line, identifier, stored
from recsys.sources.files import named_tables, read_table
from recsys.sources.frames import text
from recsys.sources.tables import Tables

VARIABLE = "RECSYS_SOURCE_URL"
AT_ONCE = 20_000
"""Rows that are held at a time."""


def digest(settings: SourceSettings) -> str:
    """Digest of all rows of every table, whatever the order in which the database gives them."""
    with _snapshot() as db:
        return ", ".join(f"{table} {_content(db, table, asked)}" for table, asked in named_tables(settings).items())


def read(con: Connection, settings: SourceSettings) -> Tables:
    """The tables and queries named; every value as text, so that ids keep all their digits.

    Raises `DataError` for a query that fails, `TransientError` where the database does not answer.
    """
    with tempfile.TemporaryDirectory(prefix="recsys-source-") as folder, _snapshot() as db:
        tables = {}
        for table, asked in named_tables(settings).items():
            file = Path(folder) / f"{table}.csv"
            _export(db, table, asked, file)
            found = read_table(con, table, str(file))
            tables[table] = found.but(rows=stored(con, f"exported_{table}", found.rows))
    return Tables(**tables)


@contextmanager
def _snapshot() -> Iterator[sqlalchemy.Connection]:
    """A connection in which all queries see the same rows, and which writes none."""
    url = _url()
    where = url.render_as_string(hide_password=True)
    try:
        engine = sqlalchemy.create_engine(url)
        with engine.connect() as db:
            if engine.dialect.name == "postgresql":
                db.execute(sqlalchemy.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
            yield db
    except (NoSuchModuleError, ImportError) as error:
        raise SettingsError(
            "the database needs a driver that is not installed",
            where=where,
            seen=str(error),
            remedy="install it with pip",
        ) from None
    except OperationalError as error:
        raise TransientError("the database cannot be reached", where=where, seen=first_line(error)) from None


def _url() -> sqlalchemy.URL:
    file = os.environ.get(f"{VARIABLE}_FILE")
    given = os.environ.get(VARIABLE) or (Path(file).read_text().strip() if file and Path(file).is_file() else "")
    try:
        return sqlalchemy.make_url(given)
    except ArgumentError:
        raise SettingsError(
            "no database is named to read from",
            where=VARIABLE,
            seen="no URL" if given else "nothing",
            expected="dialect://role:password@host/database",
            remedy=f"set it, or {VARIABLE}_FILE",
        ) from None


def _rows(db: sqlalchemy.Connection, table: str, asked: str) -> Iterator[Sequence[Any]]:
    """The names of the columns, and then the rows."""
    query = asked if asked.strip().lower().startswith(("select", "with")) else f"SELECT * FROM {_quoted(asked)}"
    try:
        result = db.execution_options(stream_results=True, yield_per=AT_ONCE).execute(sqlalchemy.text(query))
        yield list(result.keys())
        for part in result.partitions():
            yield from part
    except SQLAlchemyError as error:
        if isinstance(error, OperationalError) and error.connection_invalidated:
            raise
        raise DataError(
            f"the {table} cannot be read",
            where=asked[:200],
            seen=first_line(error),
            expected="a table, or a query that begins with SELECT or WITH",
            remedy=f"correct source.{table}",
        ) from None


def _export(db: sqlalchemy.Connection, table: str, asked: str, file: Path) -> None:
    with file.open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened).writerows([text(value) for value in row] for row in _rows(db, table, asked))


def _content(db: sqlalchemy.Connection, table: str, asked: str) -> str:
    total = 0
    for row in _rows(db, table, asked):
        total += int.from_bytes(hashlib.sha256("\x1f".join(text(value) or "" for value in row).encode()).digest())
    return f"{total % 2**256:064x}"[:16]


def _quoted(name: str) -> str:
    return ".".join(identifier(part) for part in name.strip().split("."))
