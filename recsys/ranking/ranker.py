"""The learned ranker: an expert each for users of whom less or more is known, with a gate for donors."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from joblib import cpu_count

from recsys.events.interactions import Floats, Mask
from recsys.ranking import validation
from recsys.ranking.examples import Examples, without_transfer
from recsys.ranking.features import Candidates
from recsys.ranking.routing import EXPERTS, RETURNING, VISITORS, Segment, route, training_segment, within
from recsys.ranking.trees import ROUNDS, Trees, grow

log = logging.getLogger(__name__)

AT_ONCE = 2
"""Experts that are made at once, at most: each holds its examples three times over."""
MANY = 10_000_000
"""Examples from which on they are made one by one, for memory: that many are 2.5 GB."""
CAUTIOUS = ("some", "much", *RETURNING.values())
"""Where so much is known, donors have a say only if they clearly help: there is more to lose than to win."""


@dataclass(frozen=True)
class Expert:
    """What orders the candidates of some users' requests."""

    trees: Trees
    uses_donors: bool
    """Whether donors have a say: their candidates and features."""


@dataclass(frozen=True)
class Ranker:
    """Each request goes to one expert, by how much is known of its user: `EXPERTS`, in this order."""

    experts: tuple[Expert, ...]

    def admitted(self, candidates: Candidates, least: int) -> Candidates:
        """The candidates without those that only donors named, where donors have no say.

        A request that would be left with fewer than `least` keeps them all.
        """
        own, barred = candidates.own, np.zeros(len(candidates.item), bool)
        for expert, rows in self._routed(candidates):
            barred |= rows & (not expert.uses_donors)
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
        terms = np.zeros((len(candidates.item), len(candidates.names) + 1), np.float32)
        for expert, rows in self._routed(candidates):
            terms[rows] = expert.trees.terms(candidates.take(rows))
        return terms

    def _routed(self, candidates: Candidates) -> Iterator[tuple[Expert, Mask]]:
        place = route(candidates)
        return ((expert, place == number) for number, expert in enumerate(self.experts))


class Plan(NamedTuple):
    """How an expert is made; experts of one plan are one."""

    segment: Segment
    rounds: int
    """Most rounds of its trees."""
    cautious: bool
    """Whether donors must clearly help, or only not clearly do harm."""


def train(examples: Sequence[Examples], seed: int) -> Ranker:
    """A ranker that puts what was chosen first, with trees where they pay on examples not learnt from.

    Donors are used for users of whom nothing or little is known, and for visitors who left enough examples of their
    own, unless they clearly do harm; for others only if they clearly help. With very few chosen candidates there is
    nothing to learn from: all retrievers then count alike.
    """
    plans = [_plan(name, examples) for name in EXPERTS]
    made = _made(plans, examples, lambda plan, own: _expert(plan, own, seed))
    return Ranker(tuple(made[plan] for plan in plans))


def without_donors(ranker: Ranker, examples: Sequence[Examples], seed: int) -> Ranker:
    """The ranker without any donors; an expert that used none before stays as it is."""
    before = [(_plan(name, examples), expert) for name, expert in zip(EXPERTS, ranker.experts, strict=True)]
    again = [plan for plan, expert in before if expert.uses_donors]
    made = _made(again, examples, lambda plan, own: _expert(plan, without_transfer(own), seed))
    return Ranker(tuple(made[plan] if expert.uses_donors else expert for plan, expert in before))


def _plan(name: str, examples: Sequence[Examples]) -> Plan:
    """How the expert is made for users of whom so much is known.

    Where nothing is known, requests differ by their moment alone: trees would learn by heart what was chosen then,
    which the models of a fold do not know and those of a later day do.
    """
    segment = training_segment(name, examples)
    cautious = name in CAUTIOUS or (name == VISITORS and not segment.visiting)
    return Plan(segment, 0 if name == "nothing" else ROUNDS, cautious)


def _made(
    plans: Sequence[Plan], examples: Sequence[Examples], make: Callable[[Plan, Sequence[Examples]], Expert]
) -> dict[Plan, Expert]:
    """The expert of each plan, of its own examples; several at once, for LightGBM works outside of Python's lock."""
    each, few = list(dict.fromkeys(plans)), sum(len(one.chosen) for one in examples) < MANY
    with ThreadPoolExecutor(min(AT_ONCE if few else 1, cpu_count())) as pool:
        made = pool.map(lambda plan: make(plan, within(plan.segment, examples)), each)
        return dict(zip(each, made, strict=True))


def _expert(plan: Plan, examples: Sequence[Examples], seed: int) -> Expert:
    alone = without_transfer(examples)
    judged, uses_donors, gains = validation.run(alone, examples, seed, plan.rounds), False, []
    if any(one.candidates.transfers.any() for one in examples):
        with_donors = validation.run(examples, examples, seed, plan.rounds)
        gains = validation.gains(with_donors, judged)
        uses_donors = validation.better(gains) if plan.cautious else not validation.worse(gains)
        judged = with_donors if uses_donors else judged
    log.info("ranker: %s, %d rounds, donors are %s; gain by split, in standard errors: %s", plan.segment,
             judged.rounds, "used" if uses_donors else "not used", validation.in_words(gains) or "none")  # fmt: skip
    return Expert(grow(examples if uses_donors else alone, seed, rounds=judged.rounds), uses_donors)
