"""Pairs of items of the same user, in row numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys.events.interactions import Interactions, Ints, Mask

COUNT = 100_000
"""Most pairs."""
MIN_PAIRS = 200
"""Pairs of items that it takes to learn from, and again to judge by."""
LEAVE_LAST = 5
"""Latest positives of each user that nothing is learnt from, as in trainings of the language model."""


@dataclass(frozen=True)
class Pairs:
    """Two different items of the same user each."""

    first: Ints
    """(n_pairs,)"""
    second: Ints
    """(n_pairs,)"""

    def take(self, kept: Mask) -> Pairs:
        """The pairs where `kept`."""
        return Pairs(self.first[kept], self.second[kept])


def drawn(known: Interactions, usable: Mask, rng: np.random.Generator) -> Pairs:
    """Pairs among the `usable` items, (n_items,), drawn by a positive event and another positive of its user."""
    events = known.take(known.first_positive & ~known.latest(LEAVE_LAST) & usable[known.item])
    if not len(events.user):
        return Pairs(np.zeros(0, np.int32), np.zeros(0, np.int32))
    place = rng.integers(0, len(events.user), COUNT)
    user = events.user[place]
    counts = np.diff(events.starts)[user]
    other = events.starts[user] + (rng.random(COUNT) * counts).astype(np.int64)
    first, second = events.item[place], events.item[other]
    return Pairs(first, second).take(first != second)
