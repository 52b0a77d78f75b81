"""Data frames as tables of the engine."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from recsys.sources.engine import Connection, stored
from recsys.sources.names import check_once
from recsys.sources.tables import Table


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
    values = [text(value) for value in column]
    return pd.Series(values, index=column.index, dtype="str")


def text(value: Any) -> str | None:
    """A value as text: null and empty are None, a list is "a|b", a whole number has no point.

    Bytes are the ASCII text that they spell, else (a UUID) hexadecimal.
    """
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, list | tuple | np.ndarray):
        return "|".join(filter(None, map(text, value))) or None
    if isinstance(value, bytes | memoryview):
        raw = bytes(value)
        return raw.decode() if raw.isascii() and raw.decode().isprintable() else raw.hex()
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        value = int(value)
    written = value if isinstance(value, str) else str(value)
    if not written.isascii():
        written = written.encode("utf-8", "backslashreplace").decode()  # a lone surrogate cannot be stored
    return written or None
