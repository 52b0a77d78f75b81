"""How far what users do has moved between two windows, beyond what chance does."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from recsys.events.interactions import Mask
from recsys.interests import drift
from recsys.monitor.windows import Counted, Numbers

Distance = Callable[[Numbers, Numbers], float]
"""Of two rows of amounts, (n_kinds,) each."""
ORDERS = 39
"""Random divisions of the same user-days that the real one must exceed: by chance, one day in 40 does."""
ROUNDING = 1e-9
LEAST_SHARE = 0.01
"""Kinds below this share of both windows together are counted together: alone they are too rare to compare."""


def psi(newest: Numbers, reference: Numbers) -> float:
    """Population stability index of two rows of counts, Σ (p − q) ln(p / q), at least 0; 0 for equal shares.

    Every kind that is there has half an event added, so that none is ever of probability 0 (Siddiqi 2006, ch. 8).

    >>> round(psi(np.array([30.0, 70.0]), np.array([50.0, 50.0])), 3)
    0.166
    """
    there = newest + reference > 0
    p, q = ((counts[there] + 0.5) / (counts[there] + 0.5).sum() for counts in (newest, reference))
    return float(((p - q) * np.log(p / q)).sum())


def jensen_shannon(newest: Numbers, reference: Numbers) -> float:
    """Jensen-Shannon distance (base 2) of two rows of amounts, in [0, 1]; see `recsys.interests.drift.distance`.

    >>> jensen_shannon(np.array([3.0, 0.0]), np.array([0.0, 1.0]))
    1.0
    """
    p, q = (amounts[None] / amounts.sum() for amounts in (newest, reference))
    return float(drift.distance(p, q)[0])


def beyond_chance(counted: Counted, distance: Distance, most: float, rng: np.random.Generator) -> float | None:
    """The distance d of the newest window from the reference, less chance; None where a window is empty.

    It is (d − E) / (1 − E / most) as in Hubert & Arabie (1985): E, the share of chance, is the mean over `ORDERS`
    random divisions of the same user-days into windows of as many, and `most` the greatest distance there is, or
    infinite. It is 0 where one of these divisions comes as far: a permutation test at 1 in 40. Whole user-days are
    moved, since the events of a user on a day are not independent.
    """
    real, chance = _between(counted, counted.newest, distance), []
    if real is None:
        return None
    for _ in range(ORDERS):
        chance.append(_between(counted, rng.permutation(counted.newest), distance) or 0.0)
        if chance[-1] >= real - ROUNDING:
            return 0.0
    mean = float(np.mean(chance))
    return (real - mean) / (1 - mean / most)


def merged(counted: Counted) -> Counted:
    """The same with all kinds below `LEAST_SHARE` merged into the last."""
    total = counted.amounts(np.ones(len(counted.newest), bool))
    rare = total < LEAST_SHARE * total.sum()
    place = np.where(rare, np.sum(~rare), np.cumsum(~rare) - 1)
    return counted.by(np.eye(int(np.sum(~rare)) + 1)[place])


def _between(counted: Counted, newest: Mask, distance: Distance) -> float | None:
    """The distance of some rows from the others; None where nothing was done in either."""
    some, others = counted.amounts(newest), counted.amounts(~newest)
    return distance(some, others) if some.any() and others.any() else None
