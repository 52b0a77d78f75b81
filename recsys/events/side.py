"""Side information: what is known of users and items besides their behaviour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from recsys.events.interactions import Ints
from recsys.schema import DOMAIN, FOLLOWEE_ID, FOLLOWER_ID, ITEM_ID, USER_ID, WEIGHT

INFINITE = r"[+-]?(?i:inf|infinity)"
"""How a number that is none is written; it is no value of an attribute."""
GROUPS = 5
"""Groups of like size that a number (age, tenure) is cut into."""
MAX_VALUES = 200
"""An attribute with more different values (a postcode, a name) identifies people and makes no cohort."""


@dataclass(frozen=True)
class SideInformation:
    """Row numbers are those of the tables it came from."""

    graph: sp.csr_matrix
    """Weight of the link from a follower (row) to a followee (column), (n_users, n_users)."""
    attributes: sp.csr_matrix
    """1 where a user has an attribute's value, (n_users, n_values)."""
    values: Sequence[str]
    """Such as "country=France" or "age=25-34", (n_values,)."""
    domain: Ints
    """Number of each item's domain, (n_items,)."""
    domains: Sequence[str]
    """Names of the domains; a single name when the items have none."""


def nothing(n_users: int, n_items: int) -> SideInformation:
    """Side information of people without links and attributes, and of items of a single domain."""
    nobody, none = (sp.csr_matrix((n_users, width), dtype=np.float32) for width in (n_users, 0))
    return SideInformation(nobody, none, (), np.zeros(n_items, np.int32), ("",))


def side_information(
    users: pd.DataFrame, follows: pd.DataFrame, domains: pd.DataFrame, items: pd.DataFrame, user_ids: Sequence[str]
) -> SideInformation:
    """Links, attributes and domains; users are numbered by `user_ids`, items by the rows of their table.

    `domains` is the `count` of events of each item in each domain.
    """
    attributes, values = _attributes(users, user_ids)
    domain, names = _domains(domains, items)
    return SideInformation(_graph(follows, user_ids), attributes, values, domain, names)


def _graph(follows: pd.DataFrame, user_ids: Sequence[str]) -> sp.csr_matrix:
    rows = pd.Index(user_ids)
    ends = [rows.get_indexer(follows[column].astype(str)) for column in (FOLLOWER_ID, FOLLOWEE_ID)]
    weight = follows[WEIGHT].fillna(1.0).to_numpy(np.float32)
    return sp.csr_matrix((weight, tuple(ends)), shape=(len(user_ids), len(user_ids)))


def _attributes(users: pd.DataFrame, user_ids: Sequence[str]) -> tuple[sp.csr_matrix, list[str]]:
    aligned = users.set_index(users[USER_ID].astype(str)).drop(columns=USER_ID).reindex(list(user_ids))
    columns = [grouped(aligned[name]) for name in aligned.columns]
    kept = [column for column in columns if 1 < column.nunique() <= MAX_VALUES]
    if not kept:
        return sp.csr_matrix((len(user_ids), 0), dtype=np.float32), []
    flags, values = zip(*(_flags(column) for column in kept), strict=True)
    return sp.hstack(flags, format="csr"), [value for names in values for value in names]


def _flags(column: pd.Series) -> tuple[sp.csr_matrix, list[str]]:
    """1 where a row has a value, (n_rows, n_values), and the values' names with that of the column."""
    code, values = pd.factorize(column, sort=True)
    rows = np.flatnonzero(code >= 0)
    shape = (len(column), len(values))
    return sp.csr_matrix((np.ones(len(rows), np.float32), (rows, code[rows])), shape=shape), [
        f"{column.name}={value}" for value in values
    ]


def grouped(column: pd.Series) -> pd.Series:
    """Values as text; of a number with many values, the group (`GROUPS` of like size) it falls into.

    >>> grouped(pd.Series([10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0, 18.0, 19.0, 20.0])).nunique()
    5
    >>> grouped(pd.Series(["a", None, ""])).tolist()
    ['a', nan, nan]
    """
    number = pd.to_numeric(column, errors="coerce").replace([np.inf, -np.inf], np.nan)
    column = column.where(~column.astype("str").str.fullmatch(INFINITE).fillna(False).astype(bool))
    if number.notna().sum() == column.notna().sum() and number.nunique() > 2 * GROUPS:
        column = pd.qcut(number, GROUPS, duplicates="drop").astype("str").where(number.notna())
    text = column.astype("str").where(column.notna())
    return text.where(text != "")


def _domains(counts: pd.DataFrame, items: pd.DataFrame) -> tuple[Ints, list[str]]:
    """The domain that the item table gives, else that in which most events of an item lie."""
    counts = counts.sort_values([ITEM_ID, DOMAIN])
    most = counts.sort_values("count", kind="stable").drop_duplicates(ITEM_ID, keep="last").set_index(ITEM_ID)[DOMAIN]
    given = items[DOMAIN].fillna("").astype(str)
    domain = given.where(given != "", items[ITEM_ID].map(most).astype("str").fillna(""))
    names = sorted(set(domain)) or [""]
    return pd.Index(names).get_indexer(domain).astype(np.int32), names
