"""The sources by name. Importing this is cheap: a source imports what it reads with when it reads."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, cast

from recsys import schema
from recsys.settings import SourceSettings
from recsys.sources import names
from recsys.sources.tables import Table, Tables

if TYPE_CHECKING:
    from recsys.sources.engine import Connection, Relation

SOURCES: Mapping[str, str] = {
    "movielens": "recsys.sources.movielens",
    "files": "recsys.sources.files",
    "database": "recsys.sources.database",
}
"""Module of each source; each fulfils `Source`, and inherits the contract suite of the tests."""

RESERVED = (schema.ROW, schema.REASON)
"""Names under which ingest keeps what it finds out about a row."""


class Source(Protocol):
    """A module that knows a kind of input."""

    def read(self, con: Connection, settings: SourceSettings) -> Tables:
        """The tables as they are; raises `DataError` for a table that cannot be read at all."""

    def digest(self, settings: SourceSettings) -> str:
        """Digest of the content that `read` would return; the same digest is the same content."""


def read(con: Connection, settings: SourceSettings) -> Tables:
    """The tables of the source that the settings name, with the columns of `recsys.schema` under their names there.

    Columns without such a name keep their own.
    """
    raw = _source(settings).read(con, settings)
    names.check_given(settings.columns, {table: rows.rows.columns for table, rows in raw})
    return raw.each(lambda table, rows: named(table, rows, settings))


def digest(settings: SourceSettings) -> str:
    """Digest of the content of the source that the settings name, and of how it is read."""
    how = f" {settings.layout} {sorted(settings.columns.items())}" if settings.layout or settings.columns else ""
    return _source(settings).digest(settings) + how


def _source(settings: SourceSettings) -> Source:
    return cast(Source, importlib.import_module(SOURCES[settings.kind]))


def named(table: str, raw: Table, settings: SourceSettings) -> Table:
    """The table with its columns under the names of `recsys.schema`, and ids as text."""
    given = {
        column: name
        for key, name in settings.columns.items()
        for column in (key.removeprefix(f"{table}."),)
        if name in raw.rows.columns and "." not in column
    }
    found = names.matched(table, raw.rows.columns, given)
    renamed = {own: column for column, own in found.items() if own != column}
    from recsys.sources import clock

    columns = ", ".join(_as(raw.rows, own, renamed.get(own, own), found) for own in raw.rows.columns)
    made = raw.but(rows=raw.rows.select(columns), named=found)
    return clock.joined(made) if table == "events" else made


def _as(rows: Relation, own: str, column: str, found: Mapping[str, str]) -> str:
    """A column under its name; a column whose name another column takes, or ingest needs, is set apart."""
    from recsys.sources.columns import id_text
    from recsys.sources.engine import identifier

    if own == column and (found.get(column, own) != own or own.lower() in RESERVED):
        return f"{identifier(own)} AS {identifier(f'{column} of the file')}"
    sql = id_text(rows, own) if column in (schema.ITEM_ID, *schema.PEOPLE) else identifier(own)
    return f"{sql} AS {identifier(column)}"
