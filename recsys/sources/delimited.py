"""CSV and its kin: every field as text, so that an id such as 007 keeps its zeros; broken lines apart."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from recsys.errors import DataError
from recsys.schema import CONTENT, REASON, ROW
from recsys.sources.engine import Connection, Relation, identifier, literal
from recsys.sources.layout import Section
from recsys.sources.names import check_once
from recsys.sources.places import Files, is_plain, partition_of, reachable
from recsys.sources.tables import Table

DELIMITERS = ("\t", ",", ";", "|", "::")
UNQUOTED = ("\t", "::")
"""Delimiters between which quotation marks are text, but for those that enclose a whole field."""
ATOMIC = re.compile(r":(token|float)(_seq)?$")
"""Ends a name in the header of an atomic file of RecBole: the type of the column."""
FILE = "file of the row"
"""A column of the reader that no file has."""
MAX_LINE = 16_000_000
"""Bytes of a line; a longer line is no row."""
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
NOT_UTF_8 = "text is not UTF-8"
REASONS = {
    "MISSING COLUMNS": "fewer fields than the header",
    "TOO MANY COLUMNS": "more fields than the header",
    "UNQUOTED VALUE": "quotation mark without its end",
    "INVALID ENCODING": NOT_UTF_8,
    "LINE SIZE OVER MAXIMUM": f"line longer than {MAX_LINE} bytes",
}


@dataclass(frozen=True)
class Dialect:
    """How the fields of a file are separated."""

    names: tuple[str, ...]
    delimiter: str
    encoding: str
    skip: int
    """Lines before the first row: blank ones, and the header."""


def scan(con: Connection, table: str, files: Files, section: Section) -> Table:
    """Rows of delimited files; what the layout does not name, the delimiter, is detected in the header.

    Files may order their columns differently; a column that a file lacks is null there. Raises `DataError` for a file
    without a header, a name that comes twice, and for files of which no line can be read.
    """
    by_dialect: dict[Dialect, list[str]] = {}
    for path, place in zip(files.paths, reachable(con, files), strict=True):
        by_dialect.setdefault(_dialect(table, path, files.head(path), section), []).append(place)
    parts = [
        _rows(con, f"{table}_{number}", dialect, paths, files.partitions)
        for number, (dialect, paths) in enumerate(by_dialect.items())
    ]
    rows = con.sql(" UNION ALL BY NAME ".join(f"SELECT * FROM {name}" for name in parts))
    rejected = con.sql(" UNION ALL ".join(f"({_rejected(name)})" for name in parts))
    _check(table, files, rows, rejected)
    return Table(rows, rejected)


def _dialect(table: str, path: str, head: bytes, section: Section) -> Dialect:
    encoding = section.encoding or ("utf-16" if head.startswith(UTF_16) else "utf-8")
    text = head.decode(encoding, errors="replace").removeprefix("\ufeff")
    if not text.strip() or "\x00" in text:
        raise DataError(
            f"the {table} file cannot be read",
            where=path,
            seen="bytes that are no text" if text.strip() else "an empty file",
            expected="a header and rows in UTF-8",
            remedy="check what wrote it",
        )
    blank = next(place for place, line in enumerate(text.splitlines()) if line.strip())
    first = text.splitlines()[blank]
    delimiter = section.delimiter or max(DELIMITERS, key=first.count)
    header = section.names or tuple(_fields("\n".join(text.splitlines()[blank:]), delimiter))
    check_once(table, path, header)
    return Dialect(header, delimiter, encoding, skip=0 if section.names else blank + 1)


def _fields(text: str, delimiter: str) -> Iterator[str]:
    """Names in the header; an empty name, as of row labels, is replaced by its place."""
    if len(delimiter) > 1:
        fields = [name.removeprefix('"').removesuffix('"') for name in text.splitlines()[0].split(delimiter)]
    else:
        fields = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    return (ATOMIC.sub("", name.strip()) or f"column {place}" for place, name in enumerate(fields))


def _rows(con: Connection, name: str, dialect: Dialect, paths: Sequence[str], partitions: Sequence[str]) -> str:
    """The name of a view or table of the rows; `rejects_<name>` holds the lines that are none.

    Plain local files without such lines are scanned whenever they are asked. All else is read once: without all columns
    the reader finds other lines bad, and while it ignores errors it loses good lines after a bad line.
    """
    counts = ", ".join(f"count({identifier(column)})" for column in dialect.names)
    con.execute(f"SELECT {counts} FROM {_scan(dialect, paths)}, {_rejects(name)})").fetchall()
    fields = [_unquoted(column, _quote(dialect)) for column in dialect.names]
    fields += [partition_of(identifier(FILE), column) for column in partitions if column not in dialect.names]
    if all(is_plain(path) for path in paths) and not con.table(f"rejects_{name}").limit(1).fetchall():
        kind, end = "VIEW", ")"
    else:
        kind, end = "TABLE", f", {_rejects(f'again_{name}')})"
    con.execute(f"CREATE {kind} {name} AS SELECT {', '.join(fields)} FROM {_scan(dialect, paths)}{end}").fetchall()
    return name


def _rejects(name: str) -> str:
    """The end of a call that keeps lines that are no rows."""
    return f"store_rejects = true, rejects_table = 'rejects_{name}', rejects_scan = 'scans_{name}'"


def _scan(dialect: Dialect, paths: Sequence[str]) -> str:
    """The call that reads the files, without its end."""
    columns = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in dialect.names)
    listed, quote = ", ".join(literal(path) for path in paths), literal(_quote(dialect))
    return f"""read_csv([{listed}], columns = {{{columns}}}, delim = {literal(dialect.delimiter)}, quote = {quote},
        escape = {quote}, header = false, skip = {dialect.skip}, encoding = {literal(dialect.encoding)},
        nullstr = '', allow_quoted_nulls = true, comment = '', max_line_size = {MAX_LINE}, auto_detect = false,
        filename = {literal(FILE)}"""


def _quote(dialect: Dialect) -> str:
    return "" if dialect.delimiter in UNQUOTED else '"'


def _unquoted(column: str, quote: str) -> str:
    """A field as it is meant."""
    name = identifier(column)
    if quote:
        return name
    inner = f"""nullif(replace({name}[2:-2], '""', '"'), '')"""
    return f"""CASE WHEN {name} LIKE '"%"' THEN {inner} ELSE {name} END AS {name}"""


def _rejected(name: str) -> str:
    reasons = " ".join(f"WHEN {literal(kind)} THEN {literal(reason)}" for kind, reason in REASONS.items())
    reason = f"CASE any_value(error_type::VARCHAR) {reasons} ELSE 'no row' END"
    return f"""SELECT line::BIGINT AS {ROW}, {reason} AS {REASON},
        any_value(csv_line) AS {CONTENT} FROM rejects_{name} GROUP BY scan_id, file_id, line ORDER BY line"""


def _check(table: str, files: Files, rows: Relation, rejected: Relation) -> None:
    if rows.limit(1).fetchall():
        return
    first = rejected.limit(1).fetchall()
    if first:
        line, reason, content = first[0]
        raise DataError(
            f"no line of the {table} file can be read",
            where=f"{files.uri}, line {line}",
            seen=f"{reason}: {str(content)[:60]!r}",
            expected=", ".join(rows.columns),
            remedy="save the file as UTF-8"
            if reason == NOT_UTF_8
            else "write as many fields a line as the header names",
        )
