"""Ids of a call: text inside, and outside in the type that the caller's tables have."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype, is_numeric_dtype

from recsys.errors import DataError
from recsys.events.interactions import Ints
from recsys.events.tables import Strings
from recsys.privacy import pseudonyms
from recsys.sources.frames import text
from recsys.sources.names import matched

if TYPE_CHECKING:
    from recsys.library.inputs import Input

TEXT = "str"
WINDOW = 5_000
"""Ids before and after the place of an unknown id among which near ids are looked for."""
NAMED = 5
"""Unknown ids that an error names."""


def kind_of(table: Input | None, name: str, column: str) -> str:
    """Type in which ids of a column are given back: that of numbers in a data frame, else text."""
    if table is None or isinstance(table, str | Path):
        return TEXT
    names = matched(name, [str(given) for given in table.columns], {})
    if column not in names:
        return TEXT
    ids = table.rename(columns=str)[names[column]]
    ids = ids.cat.categories.to_series() if isinstance(ids.dtype, pd.CategoricalDtype) else ids
    if is_numeric_dtype(ids.dtype) and ids.dtype != bool:
        return str(ids.dtype)
    return "int64" if infer_dtype(ids) == "integer" else TEXT


def typed(ids: Strings, kind: str) -> pd.Series:
    """Ids in the type of `kind_of`.

    >>> typed(np.array(["7", "12"], object), "int64").tolist()
    [7, 12]
    """
    return pd.Series(ids, dtype=TEXT) if kind == TEXT else pd.to_numeric(pd.Series(ids, dtype=object)).astype(kind)


def several(given: Any) -> list[Any]:
    """Ids of an argument that takes one id or several.

    >>> several("ann"), several(7), several(["ann", "bob"])
    (['ann'], [7], ['ann', 'bob'])
    """
    return [given] if isinstance(given, str | bytes) or not isinstance(given, Iterable) else list(given)


def rows(given: Sequence[Any], known: Strings) -> Ints:
    """Row of each id, (n_given,); -1 where it is not known. Raises `DataError` for a null."""
    texts = [text(value) for value in given]
    if None in texts:
        raise DataError(
            "an id is null",
            where=f"row {texts.index(None)}",
            seen=str(given[texts.index(None)]),
            expected="an id",
            remedy="drop the rows without one",
        )
    return np.asarray(pd.Index(known).get_indexer(pd.Index(texts, dtype=object)), np.int32)


def user_rows(given: Sequence[Any], known: Strings) -> Ints:
    """Row of each user, by id or by the pseudonym of it, (n_given,); -1 where neither is known."""
    found = rows(given, known)
    if pseudonyms.digest() and len(given):
        named = rows([pseudonyms.pseudonym(str(text(value))) for value in given], known)
        found = np.where(found < 0, named, found)
    return found


def item_rows(given: Sequence[Any], known: Strings, titles: Sequence[str]) -> Ints:
    """Row of each item, (n_given,). Raises `DataError` that names unknown ids, and near ids of the first."""
    found = rows(given, known)
    unknown = list(dict.fromkeys(str(given[place]) for place in np.flatnonzero(found < 0).tolist()))
    if unknown:
        more = f" and {len(unknown) - NAMED} more" if len(unknown) > NAMED else ""
        raise DataError(
            f"{len(unknown)} item(s) are not in the item table",
            where="item_id",
            seen=", ".join(unknown[:NAMED]) + more,
            expected="item ids of the table that was given to fit",
            remedy=f"{_near(unknown[0], known, titles)}leave the others out, or fit again with them",
        )
    return found


def _near(unknown: str, known: Strings, titles: Sequence[str]) -> str:
    """Suggestions: items of that title, else ids of similar spelling."""
    named = [str(known[row]) for row, title in enumerate(titles) if title.lower() == unknown.lower()]
    place = int(np.searchsorted(known, unknown))
    around = [str(neighbour) for neighbour in known[max(0, place - WINDOW) : place + WINDOW]]
    close = named or difflib.get_close_matches(unknown, around, n=3, cutoff=0.6)
    return f"did you mean {' or '.join(close[:3])}? " if close else ""
