"""JSON: an object per line, or an array of objects; every value as the text that stands there."""

from __future__ import annotations

from recsys.errors import DataError
from recsys.schema import CONTENT, REASON, ROW
from recsys.sources.delimited import MAX_LINE
from recsys.sources.engine import Connection, identifier, literal
from recsys.sources.names import check_once
from recsys.sources.places import ARRAY, Files, partition_of, reachable
from recsys.sources.tables import Table

NO_OBJECT = "line is no JSON object"


def scan(con: Connection, table: str, files: Files) -> Table:
    """Rows of JSON files; a key that an object lacks is null there, a list or an object is its JSON text.

    Numbers keep all their digits. Raises `DataError` for an array that cannot be read, and where no line is an object.
    """
    listed = ", ".join(literal(path) for path in reachable(con, files))
    lines = f"lines_{table}"
    con.execute(f"CREATE TABLE {lines} AS {_array(listed) if files.form == ARRAY else _lines(listed)}").fetchall()
    keys = con.execute(f"""SELECT key FROM (SELECT unnest(json_keys(line)) AS key, number FROM {lines} WHERE good)
                           WHERE key <> '' GROUP BY key ORDER BY min(number), key""").fetchall()
    rejected = con.sql(f"""SELECT number AS {ROW}, {literal(NO_OBJECT)} AS {REASON}, line AS {CONTENT}
                           FROM {lines} WHERE NOT good""")
    if not keys:
        raise DataError(
            f"the {table} file cannot be read",
            where=files.uri,
            seen=_first(rejected.limit(1).fetchall()),
            expected="objects in JSON",
            remedy="check what wrote it",
        )
    check_once(table, files.uri, [key for (key,) in keys])
    fields = [f"nullif(line ->> {literal(_path(key))}, '') AS {identifier(key)}" for (key,) in keys]
    fields += [partition_of("filename", column) for column in files.partitions if (column,) not in keys]
    rows = f"SELECT {', '.join(fields)} FROM {lines} WHERE good ORDER BY number"
    return Table(con.sql(rows), rejected)


def _lines(listed: str) -> str:
    return f"""
        SELECT line, filename, row_number() OVER () AS number,
            CASE WHEN json_valid(line) THEN json_type(line) = 'OBJECT' ELSE false END AS good
        FROM read_csv([{listed}], columns = {{'line': 'VARCHAR'}}, delim = '\x01', quote = '', escape = '',
            header = false, auto_detect = false, filename = true, comment = '', max_line_size = {MAX_LINE})
        WHERE trim(line) <> ''"""


def _array(listed: str) -> str:
    return f"""SELECT json::VARCHAR AS line, filename, row_number() OVER () AS number,
                   json_type(json) = 'OBJECT' AS good
               FROM read_json_objects([{listed}], format = 'auto', maximum_object_size = {MAX_LINE},
               filename = true)"""


def _path(key: str) -> str:
    return '$."' + key.replace('"', '\\"') + '"'


def _first(rejected: list[tuple[object, ...]]) -> str:
    return f"line {rejected[0][0]}: {str(rejected[0][2])[:60]!r}" if rejected else "no rows"
