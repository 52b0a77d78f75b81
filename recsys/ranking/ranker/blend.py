"""A weighted sum of normalised scores: what orders candidates first, and alone where too little is there for trees."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from recsys.events.interactions import Floats, Mask
from recsys.ranking.candidates import Candidates, Column
from recsys.ranking.ranker.examples import Examples, graded

log = logging.getLogger(__name__)

MIN_POSITIVES = 20
"""Positive candidates below which weights would be chance: every signal then counts the same."""
MIN_WEIGHT = 0.1
"""Sum of all weights below which the positives tell no signal from chance: every signal then counts the same."""
LOWEST = -0.25
"""Normalised scores below this count as this: how far an item misses a signal's nominees carries little information."""
RIDGE = 10.0
"""Penalty on the square of a weight; in units of one request's likelihood."""
NOVELTY = Column("item events", "context")
"""The fact to which the constant for new items is ascribed."""

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Blend:
    """Weights of normalised scores, of an item with events and of a new item."""

    known: tuple[float, ...]
    """Weight of each normalised score for an item with events, at least 0. None: all that there are count equally."""
    new: tuple[float, ...]
    """Weight of each for an item without."""
    novelty: float = 0.0
    """What a new item gets besides."""

    def score(self, candidates: Candidates) -> Floats:
        """Scores, (n_candidates,); more is better, comparable within a request."""
        if not self.known:
            return equal(candidates.columns).score(candidates)
        norms = np.maximum(candidates.features[:, candidates.places("norm")], np.float32(LOWEST))
        scores = _products(norms, self.known)
        scores[candidates.new] = _products(norms[candidates.new], self.new) + np.float32(self.novelty)
        return scores

    def terms(self, candidates: Candidates) -> Floats:
        """What each feature adds to the score, (n_candidates, n_features + 1); the constant, last, adds nothing."""
        if not self.known:
            return equal(candidates.columns).terms(candidates)
        weights = np.where(candidates.new[:, None], np.array(self.new), np.array(self.known))
        terms = np.zeros((len(candidates.item), len(candidates.columns) + 1), np.float32)
        places = candidates.places("norm")
        terms[:, places] = weights * np.maximum(candidates.features[:, places], LOWEST)
        if self.novelty:
            terms[:, candidates.columns.index(NOVELTY)] = self.novelty * candidates.new
        return terms


def _products(norms: Floats, weights: Sequence[float]) -> Floats:
    """Sums of weighted rows, (n_rows,): each row is summed apart, so it is the same in any company."""
    return np.asarray(np.einsum("ij,j->i", np.ascontiguousarray(norms), np.array(weights, np.float32)), np.float32)


EQUAL = Blend((), ())


def equal(columns: Sequence[Column]) -> Blend:
    """The mean of all normalised scores; all popularity signals together count as one signal.

    >>> from recsys.ranking.signals.contract import Phrases, Spec
    >>> specs = [Spec(name, family, Phrases("", "")) for name, family in (("a", "text"), ("b", "popularity"))]
    >>> equal([Column(spec.name, "norm", spec) for spec in [*specs, specs[1]]]).known
    (0.5, 0.25, 0.25)
    """
    norms = [column for column in columns if column.kind == "norm"]
    popular = [column.spec is not None and column.spec.family == "popularity" for column in norms]
    parts = len(norms) - sum(popular) + min(sum(popular), 1)
    shares = tuple(1.0 / parts / (sum(popular) if is_popularity else 1) for is_popularity in popular)
    return Blend(shares, shares)


def fit(examples: Sequence[Examples]) -> Blend:
    """Weights of the highest likelihood: softmax within each request (Cao et al. 2007, ListNet), ridge.

    The likelihood is of the positives, each with its share of the request's total gain (`graded`). A weight is
    never below 0, so a signal never lowers what it nominates.
    """
    if sum(kind.positive.sum() for kind in examples) < MIN_POSITIVES:
        return EQUAL
    new = np.concatenate([kind.candidates.new for kind in examples])
    designs = _design(examples, ~new), _design(examples, new)
    request = np.cumsum(np.concatenate([np.diff(kind.candidates.request, prepend=-1) != 0 for kind in examples])) - 1
    weights = _most_likely(designs, new, request, np.concatenate([kind.weight for kind in examples]))
    of_known, of_new = weights[:-1].reshape(2, -1).tolist()
    if sum(of_known) + sum(of_new) < MIN_WEIGHT:
        log.info("ranker: no signal foresees the positives better than chance, so all of them count the same")
        return EQUAL
    return Blend(tuple(of_known), tuple(of_new), float(weights[-1]) if new.any() else 0.0)


def _most_likely(designs: tuple[Floats, Floats], new: Mask, request: npt.NDArray[np.int64], weight: Floats) -> Matrix:
    """Weights of known items' normalised scores, of new items', and of being new.

    `weight` is that of positives; requests without positives count 0. `designs` are normalised scores of known
    items and of new items, (n_known, n_columns) and (n_new, n_columns).
    """
    (of_known, of_new), count = designs, designs[0].shape[1]
    starts, (gain, counts) = np.flatnonzero(np.diff(request, prepend=-1)), graded(weight, request)
    found = np.bincount(request, gain)
    share, counted = gain * (counts / np.where(found > 0, found, 1))[request], counts[request]

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        """Negative log-likelihood with the ridge penalty, and its slope."""
        score = np.empty(len(new))
        score[~new] = of_known @ weights[:count].astype(np.float32)
        score[new] = of_new @ weights[count:-1].astype(np.float32) + weights[-1]
        score -= np.maximum.reduceat(score, starts)[request]
        total = np.add.reduceat(np.exp(score), starts)[request]
        likelihood, excess = share @ (score - np.log(total)), counted * np.exp(score) / total - share
        excess = excess.astype(np.float32)
        slope = np.concatenate([excess[~new] @ of_known, excess[new] @ of_new, [excess[new].sum()]])
        return RIDGE / 2 * float(weights @ weights) - float(likelihood), slope + RIDGE * weights

    start, bounds = np.full(2 * count + 1, 0.1), [(0.0, None)] * (2 * count) + [(None, None)]
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 100}).x)


def _design(examples: Sequence[Examples], rows: Mask) -> Floats:
    """Normalised scores of some of all candidates, (n_rows, n_columns)."""
    ends = np.cumsum([len(kind.positive) for kind in examples])[:-1]
    parts = []
    for kind, some in zip(examples, np.split(rows, ends), strict=True):
        cells = np.ix_(np.flatnonzero(some), kind.candidates.places("norm"))
        parts.append(np.maximum(kind.candidates.features[cells], np.float32(LOWEST)))
    return np.concatenate(parts)
