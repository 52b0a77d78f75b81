"""Raw columns of any type as text, numbers and flags; what cannot be converted becomes null."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def texts(column: pd.Series) -> pd.Series:
    """Values as text; null and empty become null, 7.0 becomes "7" (a whole number beside nulls), a list "a|b".

    Bytes are the ASCII text that they spell, else (a UUID) hexadecimal.

    >>> texts(pd.Series([7.0, None, 7.5])).tolist()
    ['7', nan, '7.5']
    >>> texts(pd.Series([["sport", "out of doors"], []])).tolist()
    ['sport|out of doors', nan]
    """
    if pd.api.types.is_integer_dtype(column.dtype) and not column.hasnans:
        return column.astype("str")
    if isinstance(column.dtype, pd.StringDtype) and column.dtype.storage == "pyarrow":
        text = column.astype("str")
        return text.where(text != "")
    if column.isna().all():
        return pd.Series(np.nan, index=column.index, dtype="str")
    values = [None if null else _text(value) for value, null in zip(column, column.isna(), strict=True)]
    return pd.Series(values, index=column.index, dtype="str")


def numbers(column: pd.Series) -> pd.Series:
    """Values as float64; what is no number becomes null."""
    return pd.to_numeric(column, errors="coerce").astype("float64")


def flags(column: pd.Series, default: bool) -> pd.Series:
    """Values as bool or null; a null takes the default, a word that is neither yes nor no becomes null."""
    words = texts(column).str.lower()
    return words.map(FLAGS).where(words.notna(), default).astype("boolean")


def column_of(table: pd.DataFrame, name: str) -> pd.Series:
    """The column, or nulls where the table has none."""
    return table[name] if name in table.columns else pd.Series(np.nan, index=table.index, dtype=object)


def _text(value: Any) -> str | None:
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
