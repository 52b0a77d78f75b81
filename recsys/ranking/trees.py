"""Trees that order candidates: LightGBM's lambdarank (Burges 2010) over the retrievers' scores and the context."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import lightgbm as lgb
import numpy as np

from recsys.errors import DataError
from recsys.events.interactions import Floats, Ints
from recsys.ranking.features import STANDING, Candidates
from recsys.ranking.lessons import Lesson

log = logging.getLogger(__name__)

ROUNDS = 100
BOOSTERS = 3
"""Boosters whose mean is the score: on a validation slice of MovieLens worth 2% of NDCG over one of 200 rounds."""
LEAST = 20
"""Chosen candidates below which trees learn nothing but chance."""
PASSED_OVER = 120
"""Candidates of a request that were not chosen and are learnt from, about; the rest of some hundreds adds little."""
PARAMETERS = {
    "objective": "lambdarank", "learning_rate": 0.05, "num_leaves": 15, "min_data_in_leaf": 50, "lambda_l2": 1.0,
    "feature_fraction": 0.8, "bagging_fraction": 0.8, "bagging_freq": 1, "lambdarank_truncation_level": 20,
    "max_bin": 63, "deterministic": True, "force_row_wise": True, "num_threads": 1, "verbose": -1,
}  # fmt: skip


@dataclass(frozen=True)
class Trees:
    """The mean of a few boosters, kept as LightGBM's own text; without any, the retrievers' standings count alike."""

    texts: tuple[str, ...]
    """Empty for trees that had too little to learn from."""
    names: tuple[str, ...]
    """Features they were grown on, which are all they look at."""

    @cached_property
    def _boosters(self) -> list[lgb.Booster]:
        return [lgb.Booster(model_str=text) for text in self.texts]

    def score(self, candidates: Candidates) -> Floats:
        """Scores, (n_candidates,); more is better, comparable within a request."""
        if not (self.texts and len(candidates.item)):
            return np.asarray(_alike(candidates).sum(axis=1), np.float32)
        return self._mean(candidates.features[:, self._columns(candidates)])

    def terms(self, candidates: Candidates) -> Floats:
        """What each feature adds to the score, (n_candidates, n_features + 1); the last column is the constant.

        Rows sum to the score: SHAP values of the trees (Lundberg 2018). A feature not looked at adds 0.
        """
        if not (self.texts and len(candidates.item)):
            return _alike(candidates)
        columns, width = self._columns(candidates), len(candidates.names)
        terms = np.zeros((len(candidates.item), width + 1), np.float32)
        terms[:, [*columns, width]] = self._mean(candidates.features[:, columns], pred_contrib=True)
        return terms

    def _columns(self, candidates: Candidates) -> list[int]:
        missing = set(self.names) - set(candidates.names)
        if missing:
            raise DataError("the ranker was trained on other features", seen=", ".join(candidates.names),
                            expected=", ".join(sorted(missing)), remedy="train it again")  # fmt: skip
        return [candidates.names.index(name) for name in self.names]

    def _mean(self, features: Floats, pred_contrib: bool = False) -> Floats:
        found = [booster.predict(features, pred_contrib=pred_contrib, num_threads=1) for booster in self._boosters]
        return np.asarray(np.mean(found, axis=0), np.float32)


def grow(lessons: Sequence[Lesson], seed: int, boosters: int = BOOSTERS, rounds: int = ROUNDS) -> Trees:
    """Trees that put what was chosen first.

    With fewer than `LEAST` chosen candidates there is too little to learn from: all retrievers then count alike.
    """
    rng = np.random.default_rng(seed)
    kept = [_decided(lesson, rng) for lesson in lessons]
    chosen = np.concatenate([labels for _, labels, _ in kept]) if kept else np.zeros(0)
    if chosen.sum() < LEAST:
        log.warning("ranker: too few events to learn from; every retriever counts alike")
        return Trees((), ())
    data = lgb.Dataset(np.concatenate([features for features, _, _ in kept]), chosen,
                       group=np.concatenate([sizes for _, _, sizes in kept]))  # fmt: skip
    small = {"min_data_in_leaf": max(1, min(int(PARAMETERS["min_data_in_leaf"]), len(chosen) // 40))}  # type: ignore[call-overload]
    seeds = rng.integers(0, 2**31, boosters).tolist()
    grown = [lgb.train({**PARAMETERS, **small, "seed": one}, data, rounds) for one in seeds]
    return Trees(tuple(booster.model_to_string() for booster in grown), lessons[0].candidates.names)


def _alike(candidates: Candidates) -> Floats:
    """Terms of the mean standing, (n_candidates, n_features + 1)."""
    counts = np.array([name.endswith(STANDING) for name in (*candidates.names, "constant")], np.float32)
    features = np.pad(candidates.features, ((0, 0), (0, 1)))
    return np.asarray(features * (counts / counts.sum()), np.float32)


def _decided(lesson: Lesson, rng: np.random.Generator) -> tuple[Floats, Floats, Ints]:
    """Features, labels and group sizes of the requests in which something was found, with a sample of the rest."""
    candidates = lesson.candidates
    request, count = candidates.request, candidates.n_requests
    kept = np.flatnonzero(np.bincount(request, lesson.chosen, minlength=count)[request] > 0)
    share = PASSED_OVER / np.maximum(np.bincount(request, minlength=count), 1)
    kept = kept[(lesson.chosen[kept] > 0) | (rng.random(len(kept)) < share[request[kept]])]
    sizes = np.bincount(request[kept], minlength=count)
    return candidates.features[kept], lesson.chosen[kept], sizes[sizes > 0].astype(np.int32)
