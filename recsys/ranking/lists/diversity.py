"""Lists that are not all of one kind: max-sum diversification (Borodin, Lee & Ye 2012) over interests and texts."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from recsys.events.interactions import Floats, Ints, Mask

POOL = 50
"""Candidates of a request that are considered."""


class Closed(Protocol):
    """Which items may not follow those taken."""

    @property
    def value(self) -> Mask:
        """(n_requests, pool)."""

    def take(self, places: Ints) -> None:
        """Counts one more item of every request as taken, (n_requests,)."""


def traits_of(membership: Floats, directions: Floats) -> Floats:
    """What lists are to differ in, (n_items, n_interests + dim): the cosine of two items is the mean of those of their
    interests and of their texts. Rows of `directions`, (n_items, dim), are of length 1, or 0 where there is no text;
    rows of the result are of length 1.
    """
    return _units(np.hstack([_units(membership), directions]))


def rerank(
    scores: Floats, traits: Floats, count: int, trade: float, closed: Closed | None = None
) -> tuple[Ints, Floats]:
    """Places of `count` items of each request in the order shown, and the penalty that each got for those above it.

    `scores` (n_requests, pool), -inf where there is no candidate; `traits` (n_requests, pool, n_traits), rows of
    length 1. Both results are (n_requests, count), with place -1 where nothing is left. Each step takes the item i of
    highest `score − trade · spread · Σ_j max(cos(q_i, q_j), 0)`, j those taken, spread = best score − that of place
    `POOL`; shown scores never rise. What is `closed` waits until nothing else is left, then comes at the place that its
    shown score gives it.

    >>> rerank(np.array([[1.0, 0.9, 0.0]]), np.array([[[1, 0], [1, 0], [0, 1.0]]]), count=3, trade=1.0)[0].tolist()
    [[0, 2, 1]]
    """
    rows, count = np.arange(len(scores)), min(count, scores.shape[1])
    left, price = np.isfinite(scores), trade * _spread(scores)
    similar = np.zeros(scores.shape, np.float32)
    places, penalties = np.full((len(scores), count), -1, np.int32), np.zeros((len(scores), count), np.float32)
    for step in range(count):
        penalty = price * similar
        place = np.argmax(np.where(_open(left, closed), scores - penalty, -np.inf), axis=1).astype(np.int32)
        is_left = left[rows, place]
        places[is_left, step], penalties[is_left, step] = place[is_left], penalty[rows, place][is_left]
        left[rows, place] = False
        if step + 1 < count:
            similar += np.maximum(np.matmul(traits, traits[rows, place][:, :, None])[:, :, 0], 0)
            if closed is not None:
                closed.take(place)
    return (places, penalties) if closed is None else _by_shown(scores, places, penalties)


def _units(rows: Floats) -> Floats:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-12), np.float32)


def _spread(scores: Floats) -> Floats:
    """Best minus worst score of the `POOL` best of each request, (n_requests, 1)."""
    scores = -np.sort(-scores, axis=1)[:, :POOL]
    finite = np.isfinite(scores)
    best = np.max(scores, axis=1, keepdims=True, initial=-np.inf, where=finite)
    worst = np.min(scores, axis=1, keepdims=True, initial=np.inf, where=finite)
    return np.where(best > worst, best - worst, 0)


def _open(left: Mask, closed: Closed | None) -> Mask:
    if closed is None:
        return left
    free = left & ~closed.value
    return np.where(free.any(axis=1, keepdims=True), free, left)


def _by_shown(scores: Floats, places: Ints, penalties: Floats) -> tuple[Ints, Floats]:
    shown = np.where(places >= 0, np.take_along_axis(scores, np.maximum(places, 0), axis=1) - penalties, -np.inf)
    order = np.argsort(-shown, axis=1, kind="stable")
    return np.take_along_axis(places, order, axis=1), np.take_along_axis(penalties, order, axis=1)
