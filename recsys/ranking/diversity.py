"""Maximal marginal relevance over interests (Carbonell & Goldstein 1998)."""

from __future__ import annotations

import numpy as np

from recsys.events.interactions import Floats, Ints

POOL = 50
"""Candidates of a request that are considered."""


def rerank(scores: Floats, membership: Floats, count: int, trade: float) -> tuple[Ints, Floats]:
    """Places of `count` items in the order shown, and the penalty that each got for being like those above it.

    `scores` (n,), `membership` (n, n_interests). Each step takes the item of highest
    `score − trade · spread · max_j cos(q_i, q_j)`, j those taken, spread = best score − worst score.
    So the shown scores (score − penalty) never rise down the list.

    >>> rerank(np.array([1.0, 0.9, 0.0]), np.array([[1, 0], [1, 0], [0, 1.0]]), count=3, trade=1.0)[0].tolist()
    [0, 2, 1]
    """
    units = membership / np.maximum(np.linalg.norm(membership, axis=1, keepdims=True), 1e-12)
    spread = float(scores.max() - scores.min()) if len(scores) else 0.0
    nearest, left = np.zeros(len(scores)), np.ones(len(scores), bool)
    places, penalties = [], []
    for _ in range(min(count, len(scores))):
        penalty = trade * spread * nearest
        place = int(np.argmax(np.where(left, scores - penalty, -np.inf)))
        places.append(place)
        penalties.append(penalty[place])
        left[place] = False
        nearest = np.maximum(nearest, units @ units[place])
    return np.array(places, np.int32), np.array(penalties, np.float32)
