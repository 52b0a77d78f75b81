"""Whether the tables can be judged at all: their columns are there, and rows where rows are needed."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from recsys import schema
from recsys.errors import DataError
from recsys.sources.tables import Tables

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "events": (schema.USER_ID, schema.ITEM_ID, schema.ACTION),
    "items": (schema.ITEM_ID,),
    "users": (schema.USER_ID,),
    "follows": (schema.FOLLOWER_ID, schema.FOLLOWEE_ID),
}
READABLE = (schema.TITLE, schema.CATEGORY, schema.DESCRIPTION)


def check(raw: Tables) -> None:
    """Raises `DataError` for a missing column, for no events, no items, or items without any text column."""
    for name, columns in REQUIRED.items():
        table: pd.DataFrame | None = getattr(raw, name)
        if table is not None:
            _check_columns(name, table, columns)
    for name, table in (("events", raw.events), ("items", raw.items)):
        if table.empty:
            raise DataError(f"the {name} table has no rows", where=name, seen="0 rows", expected="at least one row",
                            remedy="check what wrote it")  # fmt: skip
    if not set(READABLE) & set(raw.items.columns):
        raise _missing("items", raw.items, f"one of {', '.join(READABLE)}")


def _check_columns(name: str, table: pd.DataFrame, columns: tuple[str, ...]) -> None:
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        raise DataError(f"the {name} table has a column twice", where=name, seen=", ".join(map(str, twice)),
                        expected="each name once", remedy="drop or rename one")  # fmt: skip
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise _missing(name, table, ", ".join(missing))


def _missing(name: str, table: pd.DataFrame, columns: str) -> DataError:
    seen = ", ".join(map(str, table.columns)) or "no columns"
    glued = len(table.columns) == 1 and any(sign in seen for sign in ";\t|")
    return DataError(f"the {name} table lacks a column", where=name, seen=seen, expected=columns,
                     remedy="separate columns by commas" if glued else "rename the column that holds it")  # fmt: skip
