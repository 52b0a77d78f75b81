"""Tables from Parquet, CSV and JSON: a file, a folder or a glob, local or anywhere that fsspec reaches."""

from __future__ import annotations

import hashlib

import duckdb
import fsspec

from recsys.errors import DataError, SettingsError
from recsys.settings import SourceSettings
from recsys.sources import delimited, json_lines, parquet, places
from recsys.sources.engine import Connection, Relation, first_line, identifier, run, stored
from recsys.sources.layout import Section, layout
from recsys.sources.tables import Table, Tables

JOINED = """CREATE OR REPLACE TEMP MACRO joined(words, sign) AS CASE WHEN words LIKE '[%' THEN
    coalesce(array_to_string(TRY(words::JSON::VARCHAR[]), sign), words) ELSE words END"""
REQUIRED = ("events", "items")
OPTIONAL = ("users", "follows")


def digest(settings: SourceSettings) -> str:
    """Digest of the bytes of every file named."""
    return ", ".join(f"{table} {_content(table, uri)}" for table, uri in named_tables(settings).items())


def read(con: Connection, settings: SourceSettings) -> Tables:
    """The files named, a table each; a table that is not named is None."""
    sections = layout(settings.layout)
    tables = {
        table: read_table(con, table, uri, sections.get(table, Section()))
        for table, uri in named_tables(settings).items()
    }
    return Tables(**tables)


def read_table(con: Connection, table: str, uri: str, section: Section = Section()) -> Table:  # noqa: B008
    """The rows of a file, a folder or a glob, in the order of the files' names.

    Raises `DataError` for what is missing, empty, or not what its extension names.
    """
    files = places.found(table, uri)
    try:
        read = _scanned(con, table, files, section)
    except (duckdb.Error, OSError) as error:
        raise DataError(
            f"the {table} file cannot be read",
            where=uri,
            seen=first_line(error),
            expected=f"{files.form} in UTF-8",
            remedy="write the file again, or name its source.layout",
        ) from None
    return read.but(rows=_selected(con, table, uri, read.rows, section)) if section.select else read


def _scanned(con: Connection, table: str, files: places.Files, section: Section) -> Table:
    match files.form:
        case places.PARQUET:
            return parquet.scan(con, table, files)
        case places.DELIMITED:
            return delimited.scan(con, table, files, section)
        case _:
            return json_lines.scan(con, table, files)


def _selected(con: Connection, table: str, uri: str, rows: Relation, section: Section) -> Relation:
    """What a layout makes of the rows."""
    there = {name.lower() for name in rows.columns}
    lacking = [f"NULL::VARCHAR AS {identifier(name)}" for name in section.optional if name.lower() not in there]
    rows.select(", ".join(("*", *lacking))).create_view("rows", replace=True)
    run(con, JOINED)
    try:
        return stored(con, f"selected_{table}", con.sql(section.select))
    except duckdb.Error as error:
        raise DataError(
            f"the {table} file is not of the layout",
            where=uri,
            seen=", ".join(rows.columns),
            expected=first_line(error),
            remedy="name another source.layout, or none where the file's header names its columns",
        ) from None


def named_tables(settings: SourceSettings) -> dict[str, str]:
    """What the settings name for each table; raises `SettingsError` where events or items are missing."""
    for table in REQUIRED:
        if not getattr(settings, table):
            raise SettingsError(
                f"no {table} are named",
                where=f"source.{table}",
                seen="nothing",
                expected="URI of a Parquet, CSV or JSON file, a folder of them, or a glob",
            )
    return {table: uri for table in (*REQUIRED, *OPTIONAL) if (uri := getattr(settings, table))}


def _content(table: str, uri: str) -> str:
    digests = []
    for path in places.found(table, uri).paths:
        with fsspec.open(path, "rb") as file:
            digests.append(hashlib.file_digest(file, "sha256").hexdigest())
    return (digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest())[:16]
