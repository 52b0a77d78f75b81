"""Data frames as tables of the engine."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from recsys.sources.engine import Connection, stored
from recsys.sources.names import check_once
from recsys.sources.tables import Table

if TYPE_CHECKING:
    import pandas as pd


def scan(con: Connection, table: str, frame: pd.DataFrame) -> Table:
    """Rows of a data frame without its labels; a column of objects becomes text, and a whole number stays whole.

    Raises `DataError` for a name that comes twice.
    """
    check_once(table, table, [str(name) for name in frame.columns])
    plain = frame.rename(columns=str).reset_index(drop=True)
    objects = [name for name, column in plain.items() if column.dtype == object or column.dtype.name == "category"]
    plain = plain.assign(**{str(name): _texts(plain[name]) for name in objects})
    return Table(stored(con, f"frame_{table}", con.from_df(plain)))


def _texts(column: pd.Series) -> pd.Series:
    import pandas as pd

    values = [None if null is True else _text(value) for value, null in zip(column, map(_null, column), strict=True)]
    return pd.Series(values, index=column.index, dtype="str")


def _null(value: Any) -> bool:
    import pandas as pd

    return value is None or bool(np.ndim(value) == 0 and pd.isna(value))


def _text(value: Any) -> str | None:
    """A value as text; a list as "a|b", bytes as the ASCII text that they spell, else (a UUID) hexadecimal."""
    if isinstance(value, list | tuple | np.ndarray):
        return "|".join(filter(None, map(_text, value))) or None
    if isinstance(value, bytes):
        return value.decode() if value.isascii() and value.decode().isprintable() else value.hex()
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        value = int(value)
    text = value if isinstance(value, str) else str(value)
    if not text.isascii():
        text = text.encode("utf-8", "backslashreplace").decode()  # a lone surrogate cannot be stored
    return text or None
