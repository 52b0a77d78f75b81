"""Parquet: columns in the types in which they are stored."""

from __future__ import annotations

from recsys.sources.engine import Connection, literal
from recsys.sources.places import Files, reachable
from recsys.sources.tables import Table

ROW_LABELS = "__index_level_"
"""Begins the name of a data frame's unnamed row labels, which are no data."""


def scan(con: Connection, table: str, files: Files) -> Table:  # noqa: ARG001
    """Rows of Parquet files; a column that one of them lacks is null there."""
    listed = ", ".join(literal(path) for path in reachable(con, files))
    rows = con.sql(f"""SELECT * FROM read_parquet([{listed}], union_by_name = true, hive_types_autocast = false,
                       hive_partitioning = {str(bool(files.partitions)).lower()})""")
    return Table(rows.select(*(name for name in rows.columns if not name.startswith(ROW_LABELS))))
