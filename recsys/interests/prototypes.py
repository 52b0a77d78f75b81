"""Interests as prototypes in the space of item features, and how far each item belongs to each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.cluster import KMeans

from recsys.events.interactions import Floats
from recsys.settings import InterestSettings

ITEMS_PER_INTEREST = 20
"""A catalogue gets at most one interest for every so many items."""
STALE = 0.05
"""Share of the inertia by which a fresh start must be better before interests found earlier are given up."""


@dataclass(frozen=True)
class Prototypes:
    """K directions in the space of centred item features."""

    centre: Floats
    """Mean item feature, (dim,)."""
    directions: Floats
    """Prototypes c_k, (n_interests, dim), rows of length 1."""
    temperature: float

    @property
    def count(self) -> int:
        """Number of interests."""
        return len(self.directions)

    def membership(self, vectors: Floats) -> Floats:
        """q_i = softmax_k(cos(x_i, c_k) / temperature), (n_items, n_interests); rows sum to 1.

        An item without a feature (a row of zeros) belongs to every interest equally.

        >>> plane = Prototypes(np.zeros(2, np.float32), np.eye(2, dtype=np.float32), temperature=0.1)
        >>> plane.membership(np.array([[1.0, 0.0], [0.0, 0.0]], np.float32)).round(2).tolist()
        [[1.0, 0.0], [0.5, 0.5]]
        """
        logits = centred(vectors, self.centre) @ self.directions.T / self.temperature
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True), np.float32)


def centred(vectors: Floats, centre: Floats) -> Floats:
    """Directions from `centre`, (n, dim), rows of length 1 (or 0 where there is no feature).

    Centring matters: language models crowd all texts into one cone, in which every cosine is high.
    """
    away = np.where(np.any(vectors, axis=1, keepdims=True), vectors - centre, 0.0)
    return np.asarray(away / np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-9), np.float32)


def fit(vectors: Floats, settings: InterestSettings, seed: int, start: Floats | None = None) -> Prototypes:
    """k-means over the item features, whose length is 1, largest interest first; its centres are made directions.

    With `start`, the directions found before, k-means resumes from these, in their order; only where a fresh start
    fits better by more than `STALE` are they given up. Looks at texts alone, never at behaviour, so it can leak
    nothing past any cut in time.
    """
    known = vectors[np.any(vectors, axis=1)]
    if len(known) == 0:
        return Prototypes(np.zeros(vectors.shape[1], np.float32), np.zeros((1, vectors.shape[1]), np.float32), 1.0)
    centre = known.mean(axis=0).astype(np.float32)
    features = centred(known, centre)
    count = max(1, min(settings.count, len(known) // ITEMS_PER_INTEREST, len(np.unique(features, axis=0))))
    found = KMeans(count, n_init=1, max_iter=50, random_state=seed).fit(features)
    order = np.argsort(-np.bincount(found.labels_, minlength=count), kind="stable")
    if start is not None:
        seeds = _seeds(features, start, count, np.random.default_rng(seed))
        continued = KMeans(count, init=seeds, n_init=1, max_iter=50, random_state=seed).fit(features)
        if continued.inertia_ <= found.inertia_ * (1 + STALE):
            found, order = continued, np.arange(count)
    directions = found.cluster_centers_[order]
    length = np.maximum(np.linalg.norm(directions, axis=1, keepdims=True), 1e-9)
    return Prototypes(centre, (directions / length).astype(np.float32), settings.temperature)


def _seeds(features: Floats, start: Floats, count: int, rng: np.random.Generator) -> Floats:
    """`count` directions to begin with: those before that most items are nearest to, in their order, then far items."""
    nearest = np.bincount((features @ start.T).argmax(axis=1), minlength=len(start))
    seeds = start[np.sort(np.argsort(-nearest, kind="stable")[:count])]
    while len(seeds) < count:
        far = np.maximum(1 - (features @ seeds.T).max(axis=1), 0).astype(float)
        share = far / far.sum() if far.sum() > 0 else None
        seeds = np.vstack([seeds, features[rng.choice(len(features), p=share)]])
    return seeds
