"""What is known of items with positives, predicted for all items from their texts: kernel ridge regression.

An item without events gets what items that read like it have. Half of the similarity of two texts is local, for texts
about nearly the same thing, and half is their cosine, for what a text has of everything.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from recsys.events.interactions import Floats, Ints

REACH = 0.2
"""Fall of the cosine over which the local similarity falls to 1/e."""
L2 = 1.0
"""Ridge penalty; an item's similarity to itself is 1."""
MAX_ITEMS = 4000
"""Items that are learnt from, those with most positives: the solution takes time with the cube of them."""
BATCH = 4096
"""Items that are predicted at once."""


def similarity(some: Floats, others: Floats) -> Floats:
    """½ exp((cos − 1) / REACH) + ½ cos of centred texts, (n_some, n_others), from -½ to 1.

    >>> similarity(np.eye(2, dtype=np.float32), np.eye(2, dtype=np.float32)).astype(float).round(3).tolist()
    [[1.0, 0.003], [0.003, 1.0]]
    """
    cosine = some @ others.T
    return np.asarray((np.exp((cosine - 1) / np.float32(REACH)) + cosine) / 2, np.float32)


def predict(directions: Floats, answers: Floats, counts: Ints) -> Floats:
    """Answers of all items, (n_items, n_answers), around the mean, from those of items with events and a text.

    `directions` are the centred texts, (n_items, dim), rows of length 1 or 0; `counts` the events, (n_items,). An item
    without a text gets 0, and so do all where nothing can be learnt.
    """
    readable = np.any(directions, axis=1)
    telling = counts * readable
    learnt = np.sort(np.argsort(-telling, kind="stable")[: min(MAX_ITEMS, np.count_nonzero(telling))])
    if not len(learnt):
        return np.zeros_like(answers)
    texts, mean = directions[learnt], answers[learnt].mean(axis=0)
    gram = similarity(texts, texts)
    gram[np.diag_indices_from(gram)] += L2
    weights = cho_solve(cho_factor(gram, overwrite_a=True), answers[learnt] - mean).astype(np.float32)
    parts = [similarity(directions[start : start + BATCH], texts) @ weights for start in range(0, len(answers), BATCH)]
    return np.asarray((np.concatenate(parts) + mean) * readable[:, None], np.float32)
