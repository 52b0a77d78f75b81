"""Exploration: places at the end of a list for fitting items of which little is known yet."""

from __future__ import annotations

import numpy as np

from recsys.events.interactions import Ints, Mask
from recsys.ranking.candidates import Candidates
from recsys.ranking.lists.rules import Cap


def fitting(candidates: Candidates) -> Mask:
    """Where a content-based signal nominated the candidate itself, (n_candidates,)."""
    norms = candidates.places("norm")
    based = [column.spec is not None and column.spec.content_based for column in candidates.columns]
    return candidates.nominated(norms[np.array(based, bool)[norms]])


def little_known(candidates: Candidates, rows: Ints, seed: tuple[int, ...]) -> Ints:
    """Those of one request's candidates with fewer events than half of them have, the least known first.

    `rows` are the request's candidates. Equals are drawn by `seed`, so that users with other seeds explore other items.
    """
    events = candidates.of("item events")[rows]
    order = np.lexsort((np.random.default_rng(seed).permutation(len(rows)), events))
    return rows[order[events[order] < np.median(events)]] if len(rows) else rows


def tail(candidates: Candidates, shown: Ints, preferred: Ints, count: int, cap: Cap | None) -> Ints:
    """Candidates that take the last places of a list instead of what is there, at most `count`, (n_explored,).

    `shown` are the list's candidates, `preferred` those to be explored, the most preferred first. With fewer than
    `count` to be had, the list keeps more of its own.
    """
    while True:
        head = shown[: len(shown) - count]
        found = _admitted(candidates.item, head, preferred[~np.isin(preferred, head)], count, cap)
        if len(found) == count:
            return found
        count = len(found)


def _admitted(item: Ints, head: Ints, preferred: Ints, count: int, cap: Cap | None) -> Ints:
    if cap is None:
        return preferred[:count]
    found: list[int] = []
    for candidate in preferred.tolist():
        if len(found) < count and cap.admits(item[np.array([*head, *found], np.int32)], int(item[candidate])):
            found.append(candidate)
    return np.array(found, np.int32)
