"""The learned ranker: an expert each for users of another kind of history (`routing.EXPERTS`)."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from recsys.events.interactions import Floats, Mask
from recsys.ranking.candidates import Candidates
from recsys.ranking.ranker.examples import Examples
from recsys.ranking.ranker.routing import EXPERTS, NO_HISTORY, Segment, route, training_segment, within
from recsys.ranking.ranker.trees import ROUNDS, Trees, grow

log = logging.getLogger(__name__)

AT_ONCE = 2
"""Experts that are made at once."""


@dataclass(frozen=True)
class Ranker:
    """Each request goes to one expert, by its user's evidence: `routing.EXPERTS`, in this order."""

    experts: tuple[Trees, ...]

    def score(self, candidates: Candidates) -> Floats:
        """Scores, (n_candidates,); more is better, comparable within a request."""
        scores = np.zeros(len(candidates.item), np.float32)
        for expert, rows in self._routed(candidates):
            scores[rows] = expert.score(candidates.take(rows))
        return scores

    def score_beside(self, candidates: Candidates, pairs: Candidates) -> Floats:
        """Scores of pairs of the same requests, each as if it alone were an additional candidate, (n_pairs,)."""
        place, of_request = route(pairs), np.full(candidates.n_requests, -1)
        of_request[candidates.request] = route(candidates)
        place = np.where(of_request[pairs.request] < 0, place, of_request[pairs.request])
        scores = np.zeros(len(pairs.item), np.float32)
        for number in np.unique(place):
            scores[place == number] = self.experts[number].score_beside(candidates, pairs.take(place == number))
        return scores

    def terms(self, candidates: Candidates) -> Floats:
        """What each feature adds to the score, (n_candidates, n_features + 1); see `Trees.terms`."""
        terms = np.zeros((len(candidates.item), len(candidates.columns) + 1), np.float32)
        for expert, rows in self._routed(candidates):
            terms[rows] = expert.terms(candidates.take(rows))
        return terms

    def _routed(self, candidates: Candidates) -> Iterator[tuple[Trees, Mask]]:
        place = route(candidates)
        found = ((expert, place == number) for number, expert in enumerate(self.experts))
        return ((expert, rows) for expert, rows in found if rows.any())


def train(examples: Sequence[Examples], seed: int) -> Ranker:
    """A ranker that puts positives first; experts that learn from the same examples are the same.

    Requests without positives differ by their time alone: trees would overfit to the positives of that time, so
    these have the blend.
    """
    plans = [
        (training_segment(expert, examples), 0 if name == NO_HISTORY else ROUNDS) for name, expert in EXPERTS.items()
    ]

    def learn(plan: tuple[Segment, int]) -> Trees:
        selected = within(plan[0], examples)
        names = ", ".join(name for name, other in zip(EXPERTS, plans, strict=True) if other == plan)
        log.info(
            "ranker: %s: %d rounds on %d positive candidates",
            names,
            plan[1],
            sum(kind.positive.sum() for kind in selected),
        )
        return grow(selected, seed, rounds=plan[1])

    different = list(dict.fromkeys(plans))
    with ThreadPoolExecutor(AT_ONCE) as pool:  # LightGBM works outside of Python's lock
        found = dict(zip(different, pool.map(learn, different), strict=True))
    return Ranker(tuple(found[plan] for plan in plans))
