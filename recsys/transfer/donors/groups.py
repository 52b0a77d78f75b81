"""Which groups may be disclosed without anybody in them being identifiable."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from recsys.events.interactions import Mask


def disclosed_groups(members: sp.csr_matrix, values: Sequence[str], everybody: int, least: int) -> Mask:
    """Where a group may be disclosed, (n_values,); `members` is 1 where a user has a value, (n_users, n_values).

    Three rules, all with `least` people left over when a member of the group asks and is excluded:

    1. A group has more than `least` people.
    2. Two groups are the same, or differ by more than `least`; else the smaller goes (all of one city but two, beside
       all of the city, would disclose the two).
    3. Those of `everybody` in no group of an attribute are nobody, or more than `least`; else its smallest group goes
       (everybody without all men and all women would disclose the few others).

    A difference between one group and several of another attribute (a country without each of its cities) is not
    looked for.

    >>> members = sp.csr_matrix(np.repeat([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [9, 5, 2], axis=0))
    >>> disclosed_groups(members, ["sex=f", "sex=m", "sex=other"], 16, least=3).tolist()
    [True, False, False]
    """
    count = np.asarray(members.sum(axis=0)).ravel()
    disclosed = count > least
    _drop_nearly_equal(members, count, disclosed, least)
    attribute = np.array([value.partition("=")[0] for value in values])
    for name in np.unique(attribute[disclosed]):
        _drop_until_no_few_are_left(count, disclosed, np.flatnonzero(attribute == name), everybody, least)
    return disclosed


def _drop_nearly_equal(members: sp.csr_matrix, count: np.ndarray, disclosed: Mask, least: int) -> None:
    """Largest first, ties by place, so that what goes is the smaller of two."""
    ordered = np.flatnonzero(disclosed)[np.argsort(-count[disclosed], kind="stable")]
    shared = np.asarray((members[:, ordered].T @ members[:, ordered]).todense())
    differing = count[ordered][:, None] + count[ordered] - 2 * shared
    close = (differing > 0) & (differing <= least)
    for place in range(len(ordered)):
        if disclosed[ordered[:place]][close[place, :place]].any():
            disclosed[ordered[place]] = False


def _drop_until_no_few_are_left(
    count: np.ndarray, disclosed: Mask, groups: np.ndarray, everybody: int, least: int
) -> None:
    while disclosed[groups].any() and 0 < everybody - count[groups][disclosed[groups]].sum() <= least:
        now = groups[disclosed[groups]]
        disclosed[now[np.argmin(count[now])]] = False
