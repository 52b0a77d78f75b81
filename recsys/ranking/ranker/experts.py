"""The learned ranker: an expert each for users with shorter or longer histories, with a gate for donors."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from recsys.events.interactions import Floats, Mask
from recsys.ranking.candidates import Candidates
from recsys.ranking.ranker import routing, validation
from recsys.ranking.ranker.examples import Examples, without_transfer
from recsys.ranking.ranker.routing import EXPERTS, Segment, route, training_segment, within
from recsys.ranking.ranker.trees import ROUNDS, Trees, grow

log = logging.getLogger(__name__)

AT_ONCE = 2
"""Experts that are made at once."""


@dataclass(frozen=True)
class Expert:
    """What orders the candidates of some users' requests."""

    trees: Trees
    uses_donors: bool
    """Whether donors' candidates and features are used."""


@dataclass(frozen=True)
class Ranker:
    """Each request goes to one expert, by how much is known of its user: `routing.EXPERTS`, in this order."""

    experts: tuple[Expert, ...]

    def admitted(self, candidates: Candidates, least: int) -> Candidates:
        """The candidates without those that only donors nominated, where donors are not used.

        A request that would be left with fewer than `least` keeps them all.
        """
        barred = np.zeros(len(candidates.item), bool)
        for expert, rows in self._routed(candidates):
            barred |= rows & (not expert.uses_donors)
        if not barred.any():
            return candidates
        own = candidates.own
        barred &= (np.bincount(candidates.request, own, minlength=candidates.n_requests) >= least)[candidates.request]
        return candidates.take(~barred | own)

    def score(self, candidates: Candidates) -> Floats:
        """Scores, (n_candidates,); more is better, comparable within a request."""
        scores = np.zeros(len(candidates.item), np.float32)
        for expert, rows in self._routed(candidates):
            scores[rows] = expert.trees.score(candidates.take(rows))
        return scores

    def terms(self, candidates: Candidates) -> Floats:
        """What each feature adds to the score, (n_candidates, n_features + 1); see `Trees.terms`."""
        terms = np.zeros((len(candidates.item), len(candidates.columns) + 1), np.float32)
        for expert, rows in self._routed(candidates):
            terms[rows] = expert.trees.terms(candidates.take(rows))
        return terms

    def _routed(self, candidates: Candidates) -> Iterator[tuple[Expert, Mask]]:
        place = route(candidates)
        found = ((expert, place == number) for number, expert in enumerate(self.experts))
        return ((expert, rows) for expert, rows in found if rows.any())


def train(examples: Sequence[Examples], seed: int) -> Ranker:
    """A ranker that puts what was chosen first, with trees where they pay on examples not learnt from.

    A cautious expert uses donors only if they clearly help, another one unless they clearly do harm. With very few
    chosen candidates there is nothing to learn from: all signals then count the same.
    """
    plans = [_plan(declared, examples) for declared in EXPERTS.values()]
    different = list(dict.fromkeys(plans))
    with ThreadPoolExecutor(AT_ONCE) as pool:  # LightGBM works outside of Python's lock
        made = pool.map(lambda plan: _expert(plan, within(plan[0], examples), seed), different)
        found = dict(zip(different, made, strict=True))
    return Ranker(tuple(found[plan] for plan in plans))


def without_donors(ranker: Ranker, examples: Sequence[Examples], seed: int) -> Ranker:
    """The ranker without any donors; an expert that used none before stays as it is."""
    made: dict[tuple[Segment, bool, bool], Expert] = {}
    for declared, expert in zip(EXPERTS.values(), ranker.experts, strict=True):
        plan = _plan(declared, examples)
        if plan not in made:
            own = without_transfer(within(plan[0], examples)) if expert.uses_donors else []
            made[plan] = _expert(plan, own, seed) if expert.uses_donors else expert
    return Ranker(tuple(made[_plan(declared, examples)] for declared in EXPERTS.values()))


def _plan(declared: routing.Expert, examples: Sequence[Examples]) -> tuple[Segment, bool, bool]:
    """What an expert learns from, whether it may have trees, and whether it is cautious; those alike are made once."""
    segment = training_segment(declared, examples)
    return (
        segment,
        declared.grows,
        declared.cautious or bool(declared.serves.new_to_domain and not segment.new_to_domain),
    )


def _expert(plan: tuple[Segment, bool, bool], examples: Sequence[Examples], seed: int) -> Expert:
    segment, grows, cautious = plan
    alone, rounds = without_transfer(examples), ROUNDS if grows else 0
    judged, uses_donors, gains = validation.run(alone, examples, seed, rounds), False, []
    if any(column.transfers for kind in examples for column in kind.candidates.columns):
        with_donors = validation.run(examples, examples, seed, rounds)
        gains = validation.gains(with_donors, judged)
        uses_donors = validation.better(gains) if cautious else not validation.worse(gains)
        judged = with_donors if uses_donors else judged
    log.info("ranker: %s, %d rounds, donors are %s; gain by kind of request, in standard errors: %s", segment,
             judged.rounds, "used" if uses_donors else "not used", validation.in_words(gains) or "none")  # fmt: skip
    return Expert(grow(examples if uses_donors else alone, seed, rounds=judged.rounds), uses_donors)
