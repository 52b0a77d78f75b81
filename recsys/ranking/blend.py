"""A weighted sum of the retrievers' standings: what orders candidates where there is too little to grow trees from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from recsys.events.interactions import Floats, Mask
from recsys.ranking.examples import Examples
from recsys.ranking.features import ITEM_EVENTS, STANDING, Candidates

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
        columns = [candidates.names.index(name) for name in self.names]
        terms[:, columns] = weights * np.maximum(candidates.features[:, columns], LOWEST)
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


def fit(examples: Sequence[Examples]) -> Blend:
    """Weights under which what was chosen is likely: softmax within each request (Cao et al. 2007, ListNet), ridge.

    A weight is never below 0, so a retriever never speaks against what it names.
    """
    if sum(one.chosen.sum() for one in examples) < LEAST:
        return ALIKE
    names, new = alike(examples[0].candidates.names).names, np.concatenate([is_new(one.candidates) for one in examples])
    designs = _design(examples, ~new, names), _design(examples, new, names)
    request = np.cumsum(np.concatenate([np.diff(one.candidates.request, prepend=-1) != 0 for one in examples])) - 1
    weights = _most_likely(designs, new, request, np.concatenate([one.chosen for one in examples]))
    of_known, of_new = weights[:-1].reshape(2, -1).tolist()
    return Blend(names, tuple(of_known), tuple(of_new), float(weights[-1]) if new.any() else 0.0)


def _most_likely(designs: tuple[Matrix, Matrix], new: Mask, request: npt.NDArray[np.int64], chosen: Floats) -> Matrix:
    """Weights of known items' standings, of new ones', and of being new; requests in which nothing was chosen count 0.

    `designs` are standings of known items and of new ones, (n_known, n_standings) and (n_new, n_standings).
    """
    (of_known, of_new), count = designs, designs[0].shape[1]
    starts, found = np.flatnonzero(np.diff(request, prepend=-1)), np.bincount(request, chosen)
    share, decided = chosen / np.maximum(found, 1)[request], (found > 0)[request]

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        score = np.empty(len(new))
        score[~new] = of_known @ weights[:count]
        score[new] = of_new @ weights[count:-1] + weights[-1]
        score -= np.maximum.reduceat(score, starts)[request]
        total = np.add.reduceat(np.exp(score), starts)[request]
        likelihood, excess = share @ (score - np.log(total)), decided * np.exp(score) / total - share
        slope = np.concatenate([excess[~new] @ of_known, excess[new] @ of_new, [excess[new].sum()]])
        return RIDGE / 2 * float(weights @ weights) - float(likelihood), slope + RIDGE * weights

    start, bounds = np.full(2 * count + 1, 0.1), [(0.0, None)] * (2 * count) + [(None, None)]
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 100}).x)


def _design(examples: Sequence[Examples], rows: Mask, names: Sequence[str]) -> Matrix:
    """Standings of some of all candidates, (n_rows, n_standings); laid out once."""
    design, ends = np.empty((np.count_nonzero(rows), len(names))), np.cumsum([len(one.chosen) for one in examples])
    each = [np.flatnonzero(some) for some in np.split(rows, ends[:-1])]
    places = np.split(design, np.cumsum([len(some) for some in each])[:-1])
    for one, some, into in zip(examples, each, places, strict=True):
        columns = np.array([one.candidates.names.index(name) for name in names])
        np.maximum(one.candidates.features[np.ix_(some, columns)], LOWEST, out=into)
    return design
