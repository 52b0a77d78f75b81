"""The learned ranker: an expert each for users with shorter or longer histories, with a gate for donors."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

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


class Plan(NamedTuple):
    """What an expert learns from, whether it may have trees, and whether it is cautious; those alike are made once."""

    segment: Segment
    grows: bool
    cautious: bool


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


def train(examples: Sequence[Examples], seed: int) -> tuple[Ranker, Ranker]:
    """A ranker that puts what was chosen first, with trees where they pay on examples not learnt from; and the same
    without any donors, for the no-transfer arm.

    A cautious expert uses donors only if they clearly help, another one unless they clearly do harm. With very few
    chosen candidates there is nothing to learn from: all signals then count the same.
    """
    plans = [_plan(declared, examples) for declared in EXPERTS.values()]
    different = list(dict.fromkeys(plans))
    with ThreadPoolExecutor(AT_ONCE) as pool:  # LightGBM works outside of Python's lock
        made = pool.map(lambda plan: _expert(plan, within(plan[0], examples), seed), different)
        found = dict(zip(different, made, strict=True))
    ranker, alone = zip(*(found[plan] for plan in plans), strict=True)
    return Ranker(ranker), Ranker(alone)


def again(ranker: Ranker, examples: Sequence[Examples], seed: int) -> Ranker:
    """The ranker learnt from other examples, with trees and donors where it has them."""
    made: dict[tuple[Plan, Expert], Expert] = {}
    for declared, expert in zip(EXPERTS.values(), ranker.experts, strict=True):
        plan = _plan(declared, examples)
        if (plan, expert) not in made:
            chosen = within(plan[0], examples)
            own = chosen if expert.uses_donors else without_transfer(chosen)
            trees = grow(own, seed, rounds=ROUNDS if expert.trees.texts else 0)
            made[plan, expert] = Expert(trees, expert.uses_donors)
    return Ranker(tuple(made[_plan(declared, examples), expert]
                        for declared, expert in zip(EXPERTS.values(), ranker.experts, strict=True)))  # fmt: skip


def _plan(declared: routing.Expert, examples: Sequence[Examples]) -> Plan:
    segment = training_segment(declared, examples)
    unlike = bool(declared.serves.new_to_domain and not segment.new_to_domain)
    return Plan(segment, declared.grows, declared.cautious or unlike)


def _expert(plan: Plan, examples: Sequence[Examples], seed: int) -> tuple[Expert, Expert]:
    """The expert, and the one without donors."""
    own, most, gains = without_transfer(examples), ROUNDS if plan.grows else 0, []
    judged = validation.run(own, examples, seed, most)
    alone = Expert(grow(own, seed, rounds=judged.rounds), False)
    made, rounds = alone, judged.rounds
    if any(column.transfers for kind in examples for column in kind.candidates.columns):
        with_donors = validation.run(examples, examples, seed, most)
        gains = validation.gains(with_donors, judged)
        if validation.better(gains) if plan.cautious else not validation.worse(gains):
            rounds = with_donors.rounds
            made = Expert(grow(examples, seed, rounds=rounds), True)
    log.info("ranker: %s, %d rounds, donors are %s; gain by kind of request, in standard errors: %s", plan.segment,
             rounds, "used" if made.uses_donors else "not used", validation.in_words(gains) or "none")  # fmt: skip
    return made, alone
