"""Digests by which a day knows what an earlier day knew: of ids and texts, and of what is known of each user.

They are made of ids, never of row numbers, which differ from day to day.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from recsys.events.interactions import Interactions, Ints
from recsys.events.side import SideInformation
from recsys.events.tables import Strings

Hashes = npt.NDArray[np.uint64]
GROUP = re.compile(r"(.*)=\((-?\d+(?:\.\d+)?(?:e[-+]?\d+)?), [^,\]]+\]", re.DOTALL)
"""A group of numbers as `side.grouped` names it, such as "age=(17.5, 25.0]"."""


def hashed(*columns: Strings | Sequence[str]) -> Hashes:
    """64 bits of the texts of each row, the same on every machine and day, (n_rows,).

    >>> hashed(["ann", "bob"]).tolist() == [hashed([name]).item() for name in ("ann", "bob")]
    True
    """
    found = [pd.util.hash_array(np.asarray(column, object)) for column in columns]
    return found[0] if len(found) == 1 else _rows(found)


def in_shard(hashes: Hashes, shard: int, shards: int) -> Ints:
    """Rows of those whose hash falls into the shard: each keeps its shard, however many others come or go."""
    return np.flatnonzero(hashes % np.uint64(shards) == shard).astype(np.int32)


def histories(events: Interactions, items: Hashes, timed: bool) -> Hashes:
    """Digest of each user's events, whatever their order; 0 without any, (n_users,).

    `items` are hashes of the items, (n_items,). Where an order stands in for times (not `timed`), the place of an event
    in its history counts: its time is made up anew every day.
    """
    when = events.day if timed else np.arange(len(events.user)) - events.starts[events.user]
    again = np.zeros(len(events.user), bool) if events.repeatable is None else events.repeatable
    return summed(_rows([items[events.item], events.weight, when, again]), events.starts)


def side_of(side: SideInformation, rows: Ints, users: Hashes) -> Hashes:
    """Digest of the attributes and follows of the users of these rows, (n_rows,); `users` are hashes of all users."""
    values = hashed(lasting(side.values)) if len(side.values) else np.zeros(0, np.uint64)
    attributes, graph = side.attributes[rows], side.graph[rows]
    return summed(values[attributes.indices], attributes.indptr) + summed(
        _rows([users[graph.indices], graph.data]), graph.indptr
    )


def summed(hashes: Hashes, starts: npt.NDArray[np.int64]) -> Hashes:
    """Sum, modulo 2^64, of the hashes from each start to the next, (len(starts) - 1,)."""
    total = np.concatenate([np.zeros(1, np.uint64), np.cumsum(hashes, dtype=np.uint64)])
    return np.asarray(total[starts[1:]] - total[starts[:-1]])


def lasting(values: Sequence[str]) -> list[str]:
    """Names of attributes' values by which a later day knows them.

    A group of numbers is named by its place among those of its column, for its bounds move with the people.

    >>> lasting(["age=(25.0, 40.0]", "age=(9.9, 25.0]", "country=France"])
    ['age=group 1', 'age=group 0', 'country=France']
    """
    groups = [GROUP.fullmatch(value) for value in values]
    starts: dict[str, list[float]] = defaultdict(list)
    for group in filter(None, groups):
        starts[group[1]].append(float(group[2]))
    return [
        value if group is None else f"{group[1]}=group {sorted(starts[group[1]]).index(float(group[2]))}"
        for value, group in zip(values, groups, strict=True)
    ]


def _rows(columns: Sequence[npt.NDArray[np.generic]]) -> Hashes:
    """A hash of each row of several columns of numbers."""
    table = pd.DataFrame(dict(enumerate(columns)))
    return np.asarray(pd.util.hash_pandas_object(table, index=False))
