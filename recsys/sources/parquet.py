"""Parquet: columns in the types in which they are stored."""

from __future__ import annotations

from recsys.sources.engine import Connection, identifier, literal
from recsys.sources.names import check_once
from recsys.sources.places import Files, reachable
from recsys.sources.tables import Table

ROW_LABELS = "__index_level_"
"""Begins the name of a data frame's unnamed row labels, which are no data."""


def scan(con: Connection, table: str, files: Files) -> Table:
    """Rows of Parquet files; a column that a file lacks is null there."""
    listed = ", ".join(literal(path) for path in reachable(con, files))
    for path in reachable(con, files):
        check_once(table, path, _columns(con, path))
    rows = con.sql(f"""SELECT * FROM read_parquet([{listed}], union_by_name = true, hive_types_autocast = false,
                       hive_partitioning = {str(bool(files.partitions)).lower()})""")
    return Table(rows.select(", ".join(identifier(name) for name in rows.columns if not name.startswith(ROW_LABELS))))


def _columns(con: Connection, path: str) -> list[str]:
    """Names of the columns of a file as it has them; the engine would number those that differ in case alone."""
    fields = con.execute(f"SELECT name, coalesce(num_children, 0) FROM parquet_schema({literal(path)})").fetchall()
    columns, inside = [], 0
    for name, children in fields[1:]:
        if not inside:
            columns.append(name)
        inside = max(inside - 1, 0) + children
    return columns
