"""Trees that order candidates: LightGBM's lambdarank (Burges 2010), which starts from the blend of the retrievers.

They look at items with events alone. Examples of new items are few, and most of what trees learn, such as how often an
item was chosen, says nothing of these.
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
from recsys.events.interactions import Floats
from recsys.ranking import blend
from recsys.ranking.blend import Blend, is_new
from recsys.ranking.examples import Examples
from recsys.ranking.features import Candidates

ROUNDS = 100
BOOSTERS = 3
"""Boosters whose mean is the score: on a validation slice of MovieLens worth 2% of NDCG over one of 200 rounds."""
PASSED_OVER = 120
"""Candidates of a request that were not chosen and are learnt from, about; the rest of some hundreds adds little."""
PARAMETERS = {
    "objective": "lambdarank", "learning_rate": 0.05, "num_leaves": 15, "min_data_in_leaf": 50, "lambda_l2": 1.0,
    "feature_fraction": 0.8, "bagging_fraction": 0.8, "bagging_freq": 1, "lambdarank_truncation_level": 20,
    "max_bin": 63, "deterministic": True, "force_row_wise": True, "num_threads": 1, "verbose": -1,
}  # fmt: skip


@dataclass(frozen=True)
class Trees:
    """A blend, and the mean of a few boosters added to it; these are kept as LightGBM's own text."""

    blend: Blend
    texts: tuple[str, ...]
    """Empty where the blend alone is better."""
    names: tuple[str, ...]
    """Features they were grown on, which are all they look at; none where there was no example."""
    level: float = 0.0
    """What boosters add to the items of a request in all, and is taken off again.

    They order items with events and know no level; those of nobody, whom they do not look at, must stay beside them.
    """

    @cached_property
    def _boosters(self) -> list[lgb.Booster]:
        return [lgb.Booster(model_str=text) for text in self.texts]

    def score(self, candidates: Candidates, rounds: int = ROUNDS) -> Floats:
        """Scores, (n_candidates,), after so many rounds; more is better, comparable within a request."""
        seen = self._seen(candidates)
        scores, known = self.blend.score(seen), ~is_new(seen)
        if self.texts and rounds and known.any():
            scores[known] += self._mean(seen.take(known), num_iteration=rounds) - np.float32(self.level)
        return scores

    def terms(self, candidates: Candidates) -> Floats:
        """What each feature adds to the score, (n_candidates, n_features + 1); the last column is the constant.

        Rows sum to the score: weights of the blend and SHAP values of the trees (Lundberg 2018). A feature not looked
        at adds 0.
        """
        seen, width = self._seen(candidates), len(candidates.names)
        terms = np.zeros((len(candidates.item), width + 1), np.float32)
        columns = [*(candidates.names.index(name) for name in seen.names), width]
        terms[:, columns] = self.blend.terms(seen)
        known = ~is_new(seen)
        if self.texts and known.any():
            found = np.zeros((len(known), len(columns)), np.float32)
            found[known] = self._mean(seen.take(known), pred_contrib=True)
            found[known, -1] -= np.float32(self.level)
            terms[:, columns] += found
        return terms

    def _seen(self, candidates: Candidates) -> Candidates:
        """The candidates with the features looked at, in the order in which they were learnt."""
        if self.names in ((), candidates.names):
            return candidates
        missing = set(self.names) - set(candidates.names)
        if missing:
            raise DataError("the ranker was trained on other features", seen=", ".join(candidates.names),
                            expected=", ".join(sorted(missing)), remedy="train it again")  # fmt: skip
        columns = [candidates.names.index(name) for name in self.names]
        return replace(candidates, features=candidates.features[:, columns], names=self.names,
                       transfers=candidates.transfers[columns])  # fmt: skip

    def _mean(self, candidates: Candidates, **how: Any) -> Floats:
        found = [booster.predict(candidates.features, num_threads=1, **how) for booster in self._boosters]
        return np.asarray(np.mean(found, axis=0), np.float32)


def grow(examples: Sequence[Examples], seed: int, boosters: int = BOOSTERS, rounds: int = ROUNDS) -> Trees:
    """Trees that put what was chosen first; without rounds, or with too little to learn from, the blend alone."""
    names, mixed = examples[0].candidates.names if examples else (), blend.fit(examples)
    rng = np.random.default_rng(seed)
    kept = [_sampled(one, rng) for one in examples]
    if not rounds or sum(one.chosen.sum() for one in kept) < blend.LEAST:
        return Trees(mixed, (), names)
    chosen = np.concatenate([one.chosen for one in kept])
    sizes = [np.unique(one.candidates.request, return_counts=True)[1] for one in kept]
    data = lgb.Dataset(np.concatenate([one.candidates.features for one in kept]), chosen,
                       group=np.concatenate(sizes),
                       init_score=np.concatenate([mixed.score(one.candidates) for one in kept]))  # fmt: skip
    small = {"min_data_in_leaf": max(1, min(int(PARAMETERS["min_data_in_leaf"]), len(chosen) // 40))}  # type: ignore[call-overload]
    seeds = rng.integers(0, 2**31, boosters).tolist()
    grown = [lgb.train({**PARAMETERS, **small, "seed": one}, data, rounds) for one in seeds]
    made = Trees(mixed, tuple(booster.model_to_string() for booster in grown), names)
    return replace(made, level=_level(made, kept))


def _level(trees: Trees, examples: Sequence[Examples]) -> float:
    """By how much boosters raise the log of all the odds (exp of a score) of a request's items, in the mean."""
    after, before = (np.concatenate([_odds(one, scorer.score(one.candidates)) for one in examples])
                     for scorer in (trees, trees.blend))  # fmt: skip
    return float((after - before).mean())


def _odds(examples: Examples, scores: Floats) -> npt.NDArray[np.float64]:
    """Log of the sum of exp(score) of each request with candidates, (n_requests,)."""
    _, starts = np.unique(examples.candidates.request, return_index=True)
    return np.asarray(np.logaddexp.reduceat(scores.astype(np.float64), starts)) if len(starts) else np.zeros(0)


def _sampled(examples: Examples, rng: np.random.Generator) -> Examples:
    """Items with events of the requests in which one was chosen: that, and a sample of what was passed over."""
    candidates, chosen = examples.candidates, examples.chosen
    request, n_requests, known = candidates.request, candidates.n_requests, ~is_new(candidates)
    decided = np.bincount(request[known], chosen[known], minlength=n_requests)[request] > 0
    rows = np.flatnonzero(known & decided).astype(np.int32)
    share = PASSED_OVER / np.maximum(np.bincount(request[rows], minlength=n_requests), 1)
    return examples.take(rows[(chosen[rows] > 0) | (rng.random(len(rows)) < share[request[rows]])])
