"""Trees that order candidates: LightGBM's lambdarank (Burges 2010), which starts from the blend of the signals.

They look at items with events alone. Examples of new items are few, and most of what trees learn, such as how often an
item was positive, does not apply to these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt

from recsys.errors import DataError
from recsys.events.interactions import Floats, Mask
from recsys.ranking.candidates import Candidates, Column
from recsys.ranking.ranker import blend, leaves
from recsys.ranking.ranker.blend import Blend
from recsys.ranking.ranker.examples import Examples, graded
from recsys.ranking.ranker.leaves import Leaves

ROUNDS = 100
MIN_POSITIVES = 100
"""Positive candidates below which trees would learn chance, and the blend orders alone."""
MIN_LEAF = 50
"""Candidates of a leaf, at least; fewer where there are few in all."""
BOOSTERS = 2
"""Boosters whose mean is the score: +2% NDCG over one of 200 rounds on a validation slice of MovieLens."""
DEPTH = 80
"""Candidates of a request that the trees order, the best by the blend; the others stay below in its order."""
GAP = np.float32(1e-4)
"""Between the last candidate that the trees order and the next: a tie, or rounding, could put it first."""
GRADES = 100
"""Labels of the positives, in hundredths of the strongest positive's gain: LightGBM asks for whole numbers."""
PARAMETERS = {
    "objective": "lambdarank",
    "label_gain": [grade / GRADES for grade in range(GRADES + 1)],
    "learning_rate": 0.05,
    "num_leaves": 15,
    "lambda_l2": 1.0,
    "feature_fraction": 0.8,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambdarank_truncation_level": 20,
    "max_bin": 63,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbose": -1,
}


@dataclass(frozen=True)
class Trees:
    """A blend, and the mean of a few boosters added to it; these are kept as LightGBM's own text."""

    blend: Blend
    texts: tuple[str, ...]
    """Empty where the blend orders alone."""
    columns: tuple[Column, ...]
    """Features they were grown on, which are all they look at; none where there was no example."""
    level: float = 0.0
    """What boosters add to the items of a request in all, and is taken off again.

    They order items with events and know no level; new items, which they do not look at, must stay beside these.
    """

    @cached_property
    def _boosters(self) -> list[lgb.Booster]:
        return [lgb.Booster(model_str=text) for text in self.texts]

    @cached_property
    def _leaves(self) -> list[Leaves]:
        return [leaves.of(booster, len(self.columns)) for booster in self._boosters]

    def __getstate__(self) -> dict[str, Any]:
        """What was learnt, without what is made of it on demand."""
        return {name: self.__dict__[name] for name in ("blend", "texts", "columns", "level")}

    def score(self, candidates: Candidates) -> Floats:
        """Scores, (n_candidates,); more is better, comparable within a request.

        Trees add to the `DEPTH` best by the blend; the others are lowered below all of these.
        """
        self._check(candidates)
        scores = self.blend.score(candidates)
        if not self.texts:
            return scores
        ahead = first(candidates, scores, DEPTH)
        scores = self._raised(candidates, scores, ahead)
        return scores - _drop(candidates, scores, ahead)

    def score_beside(self, candidates: Candidates, pairs: Candidates) -> Floats:
        """Scores of pairs of the same requests, each as if it alone were an additional candidate, (n_pairs,)."""
        self._check(pairs)
        scores, mixed = self.blend.score(pairs), self.blend.score(candidates)
        if not self.texts:
            return scores
        first_ahead = first(candidates, mixed, DEPTH)
        full = np.bincount(candidates.request[first_ahead], minlength=candidates.n_requests) >= DEPTH
        level = np.where(full, _ends(candidates, mixed, first_ahead)[0], -np.inf)
        ahead = scores >= level[pairs.request]
        lowest, highest = _ends(candidates, self._raised(candidates, mixed, first_ahead), first_ahead)
        drop = _gap(lowest[pairs.request], np.maximum(highest[pairs.request], scores))
        return np.where(ahead, self._raised(pairs, scores, ahead), scores - drop)

    def _raised(self, candidates: Candidates, scores: Floats, ahead: Mask) -> Floats:
        """Scores with what the trees add to items with events among those `ahead`, (n_candidates,)."""
        grown, raised = np.flatnonzero(ahead & ~candidates.new), scores.copy()
        raised[grown] += self._mean(candidates.features[grown]) - np.float32(self.level)
        return raised

    def terms(self, candidates: Candidates) -> Floats:
        """What each feature adds to the score of candidates that the trees order, (n_candidates, n_features + 1).

        The last column is the constant. Rows sum to the score: weights of the blend, and for the trees by how much the
        expected value changes at each split on the way to a leaf (Saabas 2014).
        """
        self._check(candidates)
        terms, known = self.blend.terms(candidates), np.flatnonzero(~candidates.new)
        if self.texts and len(known):
            found = np.mean(
                [
                    tree.terms(booster, candidates.features[known])
                    for tree, booster in zip(self._leaves, self._boosters, strict=True)
                ],
                axis=0,
            )
            terms[known] += found
            terms[known, -1] -= self.level
        return terms

    def _check(self, candidates: Candidates) -> None:
        """Raises `DataError` for other features than it was trained on."""
        if self.columns not in ((), candidates.columns):
            learnt, seen = ({column.name for column in columns} for columns in (self.columns, candidates.columns))
            raise DataError(
                "the ranker was trained on other features",
                expected=", ".join(sorted(learnt)),
                seen=", ".join(sorted(seen)),
                remedy="train it again",
            )

    def _mean(self, features: Floats) -> Floats:
        found = [booster.predict(features, num_threads=1) for booster in self._boosters]
        return np.asarray(np.mean(found, axis=0), np.float32)


def first(candidates: Candidates, scores: Floats, count: int) -> Mask:
    """The `count` candidates of highest score of each request; ties go to the first, (n_candidates,)."""
    starts = np.searchsorted(candidates.request, np.arange(candidates.n_requests))
    ahead = np.zeros(len(scores), bool)
    ahead[candidates.ranked(scores)] = np.arange(len(scores)) - starts.take(candidates.request) < count
    return ahead


def _drop(candidates: Candidates, scores: Floats, ahead: Mask) -> Floats:
    """By how much candidates that trees do not order are lowered, so that none is above a candidate that they do."""
    return np.asarray(np.where(ahead, 0, _gap(*_ends(candidates, scores, ahead))[candidates.request]), np.float32)


def _ends(candidates: Candidates, scores: Floats, ahead: Mask) -> tuple[Floats, Floats]:
    """Lowest score of those ahead and highest of the others, (n_requests,) each; inf and -inf where there are none."""
    lowest, highest = (np.full(candidates.n_requests, end, np.float32) for end in (np.inf, -np.inf))
    np.minimum.at(lowest, candidates.request[ahead], scores[ahead])
    np.maximum.at(highest, candidates.request[~ahead], scores[~ahead])
    return lowest, highest


def _gap(lowest: Floats, highest: Floats) -> Floats:
    """By how much what is at `highest` is lowered, so that it stays below `lowest`."""
    between = np.isfinite(lowest) & np.isfinite(highest)
    return np.asarray(np.where(between, np.maximum(highest - lowest + GAP, 0), 0), np.float32)


def grow(examples: Sequence[Examples], seed: int, rounds: int = ROUNDS) -> Trees:
    """Trees that put positives first; without rounds, or with too little to learn from, the blend alone."""
    columns, mixed = examples[0].candidates.columns if examples else (), blend.fit(examples)
    kept = [_ordered(kind, mixed) for kind in examples]
    if not rounds or sum(kind.positive.sum() for kind in kept) < MIN_POSITIVES:
        return Trees(mixed, (), columns)
    sizes = np.concatenate([np.unique(kind.candidates.request, return_counts=True)[1] for kind in kept])
    request = np.repeat(np.arange(len(sizes)), sizes)
    gain, counts = graded(np.concatenate([kind.weight for kind in kept]), request)
    label = np.maximum(np.rint(gain * GRADES), gain > 0)
    data = lgb.Dataset(
        np.concatenate([kind.candidates.features for kind in kept]),
        label,
        group=sizes,
        weight=counts[request],
        init_score=np.concatenate([mixed.score(kind.candidates) for kind in kept]),
    )
    leaf = max(1, min(MIN_LEAF, len(label) // 40))
    seeds = np.random.default_rng(seed).integers(0, 2**31, BOOSTERS).tolist()
    grown = [lgb.train({**PARAMETERS, "min_data_in_leaf": leaf, "seed": number}, data, rounds) for number in seeds]
    made = Trees(mixed, tuple(booster.model_to_string() for booster in grown), columns)
    return replace(made, level=_level(made, kept))


def _level(trees: Trees, examples: Sequence[Examples]) -> float:
    """By how much boosters raise the log of all the odds (exp of a score) of a request's items, in the mean."""
    after, before = (
        np.concatenate([_odds(kind, scorer.score(kind.candidates)) for kind in examples])
        for scorer in (trees, trees.blend)
    )
    return float((after - before).mean())


def _odds(examples: Examples, scores: Floats) -> npt.NDArray[np.float64]:
    """Log of the sum of exp(score) of each request with candidates, (n_requests,)."""
    _, starts = np.unique(examples.candidates.request, return_index=True)
    return np.asarray(np.logaddexp.reduceat(scores.astype(np.float64), starts)) if len(starts) else np.zeros(0)


def _ordered(examples: Examples, mixed: Blend) -> Examples:
    """Items with events among the `DEPTH` best by the blend, of the requests with a positive among these."""
    candidates, positive = examples.candidates, examples.positive
    kept = ~candidates.new & first(candidates, mixed.score(candidates), DEPTH)
    decided = np.bincount(candidates.request[kept], positive[kept], minlength=candidates.n_requests) > 0
    return examples.take(kept & decided[candidates.request])
