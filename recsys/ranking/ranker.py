"""The learned ranker: a part each for users of whom less or more is known, with a gate for donors."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from joblib import cpu_count

from recsys.events.interactions import Floats, Mask
from recsys.ranking import trial
from recsys.ranking.curriculum import PARTS, RETURNING, VISITORS, Pupils, places, pupils_of, taught
from recsys.ranking.features import Candidates
from recsys.ranking.lessons import Lesson, without_transfer
from recsys.ranking.trees import ROUNDS, Trees, grow

log = logging.getLogger(__name__)

AT_ONCE = 2
"""Parts that are made at once, at most: each holds its lessons three times over."""
WARY = ("some", "much", *RETURNING.values())
"""Where so much is known, donors have a say only if they clearly help: there is more to lose than to win."""


@dataclass(frozen=True)
class Part:
    """What orders the requests of some users."""

    trees: Trees
    hears: bool
    """Whether donors have a say: their candidates and features."""


@dataclass(frozen=True)
class Ranker:
    """Each request goes to one part, by how much is known of its user: `PARTS`, in this order."""

    parts: tuple[Part, ...]

    def heard(self, candidates: Candidates, least: int = 0) -> Candidates:
        """The candidates without those that only donors named, where donors have no say.

        A request that would be left with fewer than `least` keeps them all.
        """
        own, silent = candidates.own, np.zeros(len(candidates.item), bool)
        for part, rows in self._routed(candidates):
            silent |= rows & (not part.hears)
        silent &= (np.bincount(candidates.request, own, minlength=candidates.n_requests) >= least)[candidates.request]
        return candidates.take(~silent | own)

    def score(self, candidates: Candidates) -> Floats:
        """Scores, (n_candidates,); more is better, comparable within a request."""
        scores = np.zeros(len(candidates.item), np.float32)
        for part, rows in self._routed(candidates):
            scores[rows] = part.trees.score(candidates.take(rows))
        return scores

    def terms(self, candidates: Candidates) -> Floats:
        """What each feature adds to the score, (n_candidates, n_features + 1); see `Trees.terms`."""
        terms = np.zeros((len(candidates.item), len(candidates.names) + 1), np.float32)
        for part, rows in self._routed(candidates):
            terms[rows] = part.trees.terms(candidates.take(rows))
        return terms

    def _routed(self, candidates: Candidates) -> Iterator[tuple[Part, Mask]]:
        place = places(candidates)
        return ((part, place == number) for number, part in enumerate(self.parts))


class Plan(NamedTuple):
    """How a part is made; parts of one plan are one."""

    learns_from: Pupils
    rounds: int
    """Most rounds of its trees."""
    wary: bool
    """Whether donors must clearly help, or only not clearly do harm."""


def train(lessons: Sequence[Lesson], seed: int) -> Ranker:
    """A ranker that puts what was chosen first, with trees where they pay on lessons not seen.

    It listens to donors of users of whom nothing or little is known, and of visitors to a domain, unless they clearly
    do harm, of others only if they clearly help. With very few chosen candidates there is nothing to learn from: all
    retrievers then count alike.
    """
    plans = [_plan(name, lessons) for name in PARTS]
    made = _made(plans, lambda plan: _part(plan, taught(plan.learns_from, lessons), seed))
    return Ranker(tuple(made[plan] for plan in plans))


def silenced(ranker: Ranker, lessons: Sequence[Lesson], seed: int) -> Ranker:
    """The ranker with donors heard nowhere; a part that heard none before stays as it is."""
    plans, heard = [_plan(name, lessons) for name in PARTS], [part.hears for part in ranker.parts]
    again = [plan for plan, hears in zip(plans, heard, strict=True) if hears]
    made = _made(again, lambda plan: _part(plan, without_transfer(taught(plan.learns_from, lessons)), seed))
    return Ranker(tuple(made[plan] if part.hears else part for plan, part in zip(plans, ranker.parts, strict=True)))


def _plan(name: str, lessons: Sequence[Lesson]) -> Plan:
    """How the part is made for users of whom so much is known.

    Where nothing is known, requests differ by their moment alone: trees would learn by heart what was chosen then,
    which the models of a lesson do not know and those of a later day do.
    """
    pupils = pupils_of(name, lessons)
    wary = name in WARY or (name == VISITORS and not pupils.visiting)
    return Plan(pupils, 0 if name == "nothing" else ROUNDS, wary)


def _made(plans: Sequence[Plan], make: Callable[[Plan], Part]) -> dict[Plan, Part]:
    """The part of each plan, made at once: LightGBM works outside of Python's lock."""
    each = list(dict.fromkeys(plans))
    with ThreadPoolExecutor(min(AT_ONCE, cpu_count())) as pool:
        return dict(zip(each, pool.map(make, each), strict=True))


def _part(plan: Plan, lessons: Sequence[Lesson], seed: int) -> Part:
    alone = without_transfer(lessons)
    tried, hears, found = trial.run(alone, lessons, seed, plan.rounds), False, []
    if any(lesson.candidates.transfers.any() for lesson in lessons):
        heard = trial.run(lessons, lessons, seed, plan.rounds)
        found = trial.gains(heard, tried)
        hears = trial.better(found) if plan.wary else not trial.worse(found)
        tried = heard if hears else tried
    log.info("ranker: %s, %d rounds, donors have %s say; gain by lesson, in standard errors: %s", plan.learns_from,
             tried.rounds, "a" if hears else "no", trial.told(found) or "none")  # fmt: skip
    return Part(grow(lessons if hears else alone, seed, rounds=tried.rounds), hears)
