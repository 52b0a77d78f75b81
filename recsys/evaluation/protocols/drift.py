"""Users whose taste has turned, beside those whose taste stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recsys.evaluation.protocols.cut import Cut, Given
from recsys.events.interactions import Floats, Interactions
from recsys.interests.drift import distance

LATEST = 10
"""Latest positive events that are compared with those before; with fewer than twice as many a user is in no group."""
TURNED = 0.8
"""Quantile of the distance from which on a taste has turned."""


def cuts(given: Given) -> list[Cut]:
    """One cut, `drift`: that of `warm`, reported by whether the known history has `turned` or is `steady`.

    Turned is the fifth of users with the largest Jensen-Shannon distance between the interests of their latest known
    events and those of all before. Hidden events have no effect on it.
    """
    far = turned(given.warm.split.requests.history, given.membership)
    known = np.isfinite(far)
    edge = np.quantile(far[known], TURNED) if known.any() else 0.0
    groups = {"turned": known & (far > edge), "steady": known & (far <= edge)}
    rows = {name: np.flatnonzero(where).astype(np.int32) for name, where in groups.items() if where.any()}
    return [replace(given.warm, protocol="drift", groups=rows)] if rows else []


def turned(history: Interactions, membership: Floats) -> Floats:
    """Distance of a user's latest events from all before, (n_users,), in [0, 1]; nan for histories too short.

    >>> user, item = np.zeros(20, np.int32), np.repeat(np.arange(2, dtype=np.int32), 10)
    >>> whole = Interactions(user, item, np.ones(20, np.float32), np.arange(20.0), 1, 2)
    >>> turned(whole, np.eye(2, dtype=np.float32)).tolist()
    [1.0]
    """
    positives = history.take(history.positive)
    late = positives.order_from_end < LATEST
    sides = [positives.take(late), positives.take(~late)]
    count = [np.bincount(side.user, minlength=side.n_users)[:, None] for side in sides]
    late_taste, early_taste = (
        _sums(side, membership) / np.maximum(size, 1) for side, size in zip(sides, count, strict=True)
    )
    return np.where(count[1][:, 0] >= LATEST, distance(late_taste, early_taste), np.nan).astype(np.float32)


def _sums(side: Interactions, membership: Floats) -> np.ndarray:
    total = np.zeros((side.n_users, membership.shape[1]))
    np.add.at(total, side.user, membership[side.item])
    return total
