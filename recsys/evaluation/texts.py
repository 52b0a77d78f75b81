"""Texts by plain means: cosines to a history, and ridge regression to factors. Baselines only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from recsys.events.interactions import Floats, Interactions
from recsys.events.split import Requests
from recsys.ranking.signals.contract import Phrases, Spec
from recsys.ranking.signals.index import Index
from recsys.ranking.signals.text_factors import TextFactors, factors
from recsys.transfer.model import Profiles

LATEST = 30
"""Latest positives of a history that are used."""

RIDGE = Spec("text ridge", "text", Phrases("its text is like what you choose", "文字介绍与您所选的相近"))
FACTORS = 64
L2 = 10.0
"""Ridge penalty of the regression from texts, whose vectors have length 1."""

Pooled = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Cosine:
    """Scores by the cosines between an item and those of the history."""

    directions: Floats
    """Centred item features, (n_items, dim), rows of length 1 or 0."""
    name: str
    pooled: Pooled
    """From the features of a history, (n_events, dim), to those that items are compared with; the best counts."""

    def score(self, requests: Requests, profiles: Profiles) -> Floats:
        """The largest cosine, above 0; 0 for a user without history."""
        del profiles
        latest = _latest(requests.history)
        rows = [
            self.directions[latest.item[begin:end]]
            for begin, end in zip(latest.starts[:-1], latest.starts[1:], strict=True)
        ]
        return np.stack([self._best(row) for row in rows])

    def _best(self, history: Floats) -> Floats:
        if not len(history):
            return np.zeros(len(self.directions), np.float32)
        return np.asarray(np.maximum((self.pooled(history) @ self.directions.T).max(axis=0), 0), np.float32)


def cosines(directions: Floats) -> tuple[Cosine, Cosine]:
    """To the mean of the history's texts, and to the most similar of them."""
    return Cosine(directions, "text mean", _mean), Cosine(directions, "text max", _each)


def _mean(history: Floats) -> Floats:
    mean = history.mean(axis=0, keepdims=True)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), np.float32)


def _each(history: Floats) -> Floats:
    return history


def _latest(history: Interactions) -> Interactions:
    return history.take(history.latest(LATEST))


def ridge(interactions: Interactions, directions: Floats, seed: int) -> TextFactors:
    """Item factors predicted from texts by linear ridge regression (Gantner 2010, attribute-to-factor mappings).

    It learns from the texts, (n_items, dim), of the items with positives; all of a history counts equally.
    """
    positives = interactions.positives
    has_positive = np.asarray(positives.sum(axis=0)).ravel() > 0
    _, known = factors(positives, FACTORS, seed)
    if not has_positive.any():
        return TextFactors(RIDGE, known, Index(known), fade=1.0)
    mean, texts = known[has_positive].mean(axis=0), directions[has_positive].astype(np.float64)
    gram = texts.T @ texts
    gram[np.diag_indices_from(gram)] += L2
    weights = cho_solve(cho_factor(gram), texts.T @ (known[has_positive] - mean))
    return TextFactors(RIDGE, known, Index(directions @ weights + mean), fade=1.0)
