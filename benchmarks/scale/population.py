"""Users of a made-up shop: how many events each has, when they arrive, and what they like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from benchmarks.scale.catalogue import Floats, Ints
from benchmarks.scale.words import TASTES

TAIL_EXPONENT: Final = 1.2
"""The share of users with more than c events falls as c to the power of minus this."""
MAX_EVENTS: Final = 2_000
"""Most events of a user, unless the mean asks for more."""
MAX_TASTES: Final = 3


@dataclass(frozen=True)
class Population:
    """Users by number."""

    events: Ints
    """Number of events of each user, (n_users,), at least 1."""
    tastes: Ints
    """(n_users, 3) different tastes."""
    mixture: Floats
    """Weight of each of these tastes, cumulative, (n_users, 3); a taste that a user lacks adds 0."""

    def __len__(self) -> int:
        """Number of users."""
        return len(self.events)

    def taste(self, user: Ints, rng: np.random.Generator) -> Ints:
        """A taste of each user by their mixture, (n_draws,)."""
        place = (rng.random(len(user))[:, None] >= self.mixture[user, :-1]).sum(axis=1)
        drawn: Ints = self.tastes[user, place]
        return drawn


def population(n_users: int, n_events: int, rng: np.random.Generator) -> Population:
    """Users whose numbers of events follow a power law and sum to `n_events`."""
    first = rng.integers(0, len(TASTES), n_users)
    steps = rng.integers(1, len(TASTES) // 2, (n_users, MAX_TASTES - 1)).cumsum(axis=1)
    tastes = (np.column_stack([first, first[:, None] + steps]) % len(TASTES)).astype(np.int32)
    lacks = np.arange(MAX_TASTES) >= rng.integers(1, MAX_TASTES + 1, n_users)[:, None]
    weights = np.where(lacks, 0.0, rng.gamma(2.0, size=(n_users, MAX_TASTES)))
    mixture = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
    return Population(_counts(n_users, n_events, rng), tastes, mixture)


def _counts(n_users: int, n_events: int, rng: np.random.Generator) -> Ints:
    """Numbers of events: 1 + a Lomax variable of the scale at which they sum to `n_events`."""
    drawn, most = rng.pareto(TAIL_EXPONENT, n_users), max(MAX_EVENTS, 4 * n_events // n_users)
    low, high = 0.0, float(n_events)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _scaled(drawn, middle, most).sum() <= n_events else (low, middle)
    counts = _scaled(drawn, low, most)
    missing = n_events - int(counts.sum())
    counts += missing // n_users
    counts[rng.permutation(n_users)[: missing % n_users]] += 1
    return counts.astype(np.int32)


def _scaled(drawn: Floats, scale: float, most: int) -> npt.NDArray[np.int64]:
    return np.asarray(1 + np.minimum(drawn * scale, most - 1), np.int64)
