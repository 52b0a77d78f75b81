"""What is hidden and asked for. The validation of a protocol is the same cut, made once more on its known side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from recsys.events.interactions import Interactions
from recsys.events.split import Split, leave_last, reveal, sample, stack

MOST = 5000
"""Requests of a protocol; a larger set is judged by a random sample."""
NEWCOMERS = 0.2
"""Share of the users who are hidden whole."""
REVEALED = (0, 1, 3, 5)
"""Events of a newcomer that are revealed."""
WANTED = 10
"""Next positive events of a newcomer to be found."""
SEED = 2026
"""Draws newcomers and samples, the same whatever a model's seed: seeds are averaged over the same users, and nothing is
tuned on those it is tested on."""


@dataclass(frozen=True)
class Cut:
    """What is known, and the requests of one or more protocols."""

    known: Interactions
    splits: Mapping[str, Split]
    """By protocol; none without requests."""

    def together(self) -> Split:
        """All requests as one split, in the order of the protocols."""
        return stack(list(self.splits.values()))


def warm(interactions: Interactions, count: int) -> Cut:
    """Each user's last `count` positive events are hidden and asked for."""
    known, split = leave_last(interactions, count)
    return Cut(known, _asked({"warm": split}))


def cold(interactions: Interactions) -> Cut:
    """Some users are hidden whole, then shown with their first few events; their next ones are asked for."""
    active = np.unique(interactions.user)  # the hidden of an outer cut are not drawn again
    drawn = np.random.default_rng(SEED).random(len(active)) < NEWCOMERS
    hidden = np.isin(interactions.user, active[drawn])
    newcomers = interactions.take(hidden)
    splits = {f"cold-{count}": reveal(newcomers, count, WANTED) for count in REVEALED}
    return Cut(interactions.take(~hidden), _asked(splits))


def _asked(splits: Mapping[str, Split]) -> dict[str, Split]:
    rng = np.random.default_rng(SEED)
    return {name: sample(split, MOST, rng) for name, split in splits.items() if len(split.requests)}
