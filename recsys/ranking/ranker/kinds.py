"""Kinds of requests, each of which the ranker has to serve: from these it learns, wherever they come from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from recsys.events.held_out import without_entries, without_items
from recsys.events.interactions import Interactions, Ints, Mask
from recsys.events.split import Split, keep, last_visit, later, leave_last, reveal, stack

REVEALED = (0, 1, 3, 5, 10, 30)
"""Positives of a new user that are known: a request each."""
NEXT = 10
"""Positives of a new user to be found; all of them where an order stands in for times."""
MAX_HELD_OUT = 5
"""Of a user's latest positives; fewer where the median user has less than five times as many."""
WITHIN = (1, 2, 4)
"""Times as many of the latest positives are held out, a request each, within a visit mostly."""


class Asked(NamedTuple):
    """Requests of one kind, and the items ranked for them, (n_items,); None: all that are available."""

    kind: str
    split: Split
    pool: Mask | None = None


def kinds(interactions: Interactions, domain: Ints, new: Mask, count: int, cutoff: float | None) -> Iterator[Asked]:
    """All kinds of requests that users have ever made, whenever they were; `new` items are asked for apart.

    `new` and `domain` are those of each item, (n_items,); `count` of a user's latest positives are held out. The list
    of the next day is asked for at `cutoff`, in days since 1970; None: an order stands in for times.
    """
    if cutoff is not None:
        yield Asked("next day", _next_day(interactions, cutoff), ~new)
        yield Asked("start of a visit", last_visit(interactions)[1], ~new)
    within = [leave_last(interactions, count * times)[1] for times in WITHIN]
    yield Asked("within a visit", stack(within), ~new)
    following = len(interactions.user) if cutoff is None else NEXT
    yield Asked("new users", stack([reveal(interactions, number, following) for number in REVEALED]), ~new)
    yield Asked("new items", without_items(interactions, new, count)[1], new)
    domains = np.unique(domain[interactions.item[interactions.positive]])
    for place in domains if len(domains) > 1 else ():
        yield Asked("new to a domain", _entries(interactions, domain, int(place)), ~new & (domain == place))


def held_out(interactions: Interactions) -> int:
    """Latest positives of a user that are asked for: a fifth of the median user's, from 1 to `MAX_HELD_OUT`.

    >>> user = np.repeat(np.arange(3, dtype=np.int32), (2, 12, 99))
    >>> item = np.arange(113, dtype=np.int32)
    >>> held_out(Interactions(user, item, np.ones(113, np.float32), np.zeros(113), 3, 113))
    2
    """
    counts = np.bincount(interactions.first_positives.user)
    return int(np.clip(np.median(counts[counts > 0]) // 5, 1, MAX_HELD_OUT)) if len(counts) else 1


def _next_day(interactions: Interactions, cutoff: float) -> Split:
    """Requests at the cutoff of users with positives before it, for all their positives from then on."""
    before = interactions.first_positives.user[interactions.first_positives.day < cutoff]
    return later(interactions, cutoff, np.inf, np.unique(before).astype(np.int32))


def _entries(interactions: Interactions, domain: Ints, place: int) -> Split:
    """Requests of users with positives in other domains, at their first positive in this domain."""
    split = without_entries(interactions, domain, np.full(interactions.n_users, place, np.int32))[1]
    return keep(split, np.diff(split.requests.history.positives.indptr) > 0)
