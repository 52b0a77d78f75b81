"""A weighted sum of the retrievers' standings: what orders candidates where there is too little to grow trees from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from recsys.events.interactions import Floats, Mask
from recsys.ranking.features import ITEM_EVENTS, STANDING, Candidates
from recsys.ranking.lessons import Lesson

LEAST = 20
"""Chosen candidates below which weights would be chance: every standing then counts alike."""
LOWEST = -0.25
"""Standings below this count as this: by how far an item misses a retriever's nominees says little."""
POPULAR = "popularity"
"""In the name of every retriever of what is popular."""
RIDGE = 10.0
"""Penalty on the square of a weight; in units of one request's likelihood."""

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Blend:
    """Weights of standings, of an item with events and of a new one."""

    names: tuple[str, ...]
    """Features whose weights these are: standings. None: all that there are, alike."""
    known: tuple[float, ...]
    """Weight of each for an item with events, at least 0."""
    new: tuple[float, ...]
    """Weight of each for an item without."""
    novelty: float = 0.0
    """What a new item gets besides."""

    def score(self, candidates: Candidates) -> Floats:
        """Scores, (n_candidates,); more is better, comparable within a request."""
        return np.asarray(self.terms(candidates).sum(axis=1), np.float32)

    def terms(self, candidates: Candidates) -> Floats:
        """What each feature adds to the score, (n_candidates, n_features + 1); the constant, last, adds nothing."""
        if not self.names:
            return alike(candidates.names).terms(candidates)
        new = is_new(candidates)
        weights = np.where(new[:, None], np.array(self.new), np.array(self.known))
        terms = np.zeros((len(new), len(candidates.names) + 1), np.float32)
        terms[:, [candidates.names.index(name) for name in self.names]] = weights * _standings(candidates, self.names)
        if self.novelty:
            terms[:, candidates.names.index(ITEM_EVENTS)] = self.novelty * new
        return terms


ALIKE = Blend((), (), ())


def alike(names: Sequence[str]) -> Blend:
    """The mean of all standings among the features; what is popular has one voice, in however many ways it is counted.

    >>> alike(("text", "text standing", "popularity standing", "recent popularity standing", "events")).known
    (0.5, 0.25, 0.25)
    """
    standings = tuple(name for name in names if name.endswith(STANDING))
    popular = sum(POPULAR in name for name in standings)
    voices = len(standings) - popular + min(popular, 1)
    shares = tuple(1.0 / voices / (popular if POPULAR in name else 1) for name in standings)
    return Blend(standings, shares, shares)


def is_new(candidates: Candidates) -> Mask:
    """Whether an item has no events, (n_candidates,)."""
    if ITEM_EVENTS not in candidates.names:
        return np.zeros(len(candidates.item), bool)
    return np.asarray(candidates.features[:, candidates.names.index(ITEM_EVENTS)] <= 0)


def fit(lessons: Sequence[Lesson]) -> Blend:
    """Weights under which what was chosen is likely: softmax within each request (Cao et al. 2007, ListNet), ridge.

    A weight is never below 0, so a retriever never speaks against what it names.
    """
    decided = [one for one in (lesson.decided() for lesson in lessons) if len(one.chosen)]
    if sum(one.chosen.sum() for one in decided) < LEAST:
        return ALIKE
    names = alike(decided[0].candidates.names).names
    design = _design(decided, names)
    request = np.cumsum(np.concatenate([np.diff(one.candidates.request, prepend=-1) != 0 for one in decided])) - 1
    chosen = np.concatenate([one.chosen for one in decided])
    weights = _most_likely(design, request, chosen / np.bincount(request, chosen)[request])
    known, new = weights[:-1].reshape(2, -1).tolist()
    return Blend(names, tuple(known), tuple(new), float(weights[-1]) if design[:, -1].any() else 0.0)


def _most_likely(design: Matrix, request: npt.NDArray[np.int64], share: Matrix) -> Matrix:
    starts = np.flatnonzero(np.diff(request, prepend=-1))

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        score = design @ weights
        score -= np.maximum.reduceat(score, starts)[request]
        total = np.add.reduceat(np.exp(score), starts)[request]
        likelihood = share @ (score - np.log(total))
        slope = design.T @ (np.exp(score) / total - share)
        return RIDGE / 2 * float(weights @ weights) - float(likelihood), slope + RIDGE * weights

    count = design.shape[1]
    bounds = [(0.0, None)] * (count - 1) + [(None, None)]
    found = minimize(loss, np.full(count, 0.1), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 100})
    return np.asarray(found.x)


def _design(lessons: Sequence[Lesson], names: Sequence[str]) -> Matrix:
    """Standings of items with events, of new ones, and whether an item is new, (n_candidates, 2 n_standings + 1)."""
    design = np.empty((sum(len(one.chosen) for one in lessons), 2 * len(names) + 1))
    for one, rows in zip(lessons, np.split(design, np.cumsum([len(one.chosen) for one in lessons])[:-1]), strict=True):
        standings, new = _standings(one.candidates, names), is_new(one.candidates)[:, None]
        np.multiply(standings, ~new, out=rows[:, : len(names)])
        np.multiply(standings, new, out=rows[:, len(names) : -1])
        rows[:, -1:] = new
    return design


def _standings(candidates: Candidates, names: Sequence[str]) -> Floats:
    return np.maximum(candidates.features[:, [candidates.names.index(name) for name in names]], np.float32(LOWEST))
