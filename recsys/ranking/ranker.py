"""The learned ranker: a part each for users of whom nothing, little, some and much is known, with a gate for donors."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from joblib import cpu_count

from recsys.events.interactions import Floats, Mask
from recsys.ranking import trial
from recsys.ranking.features import EVENTS, Candidates
from recsys.ranking.lessons import Lesson, without_transfer
from recsys.ranking.trees import ROUNDS, Trees, grow

log = logging.getLogger(__name__)

KNOWN = {"nothing": 0, "little": 3, "some": 10, "much": np.inf}
"""Most positive events of a user of whom so much is known."""
WARY = ("some", "much")
"""Where so much is known, donors have a say only if they clearly help: there is more to lose than to win."""
ENOUGH = 200
"""Chosen candidates in the lessons of a part below which it learns from those of all."""


@dataclass(frozen=True)
class Part:
    """What orders the requests of some users."""

    trees: Trees
    hears: bool
    """Whether donors have a say: their candidates and features."""


@dataclass(frozen=True)
class Ranker:
    """Each request goes to one part, by how much is known of its user: `KNOWN`, in this order."""

    parts: tuple[Part, ...]

    def heard(self, candidates: Candidates) -> Candidates:
        """The candidates without those that only donors named, where donors have no say."""
        silent = np.zeros(len(candidates.item), bool)
        for part, rows in self._routed(candidates):
            silent |= rows & (not part.hears)
        return candidates.take(~silent | candidates.own)

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
        place = _places(candidates)
        return ((part, place == number) for number, part in enumerate(self.parts))


def train(lessons: Sequence[Lesson], seed: int) -> Ranker:
    """A ranker that puts what was chosen first, with trees where they pay on lessons not seen.

    It listens to donors of users of whom nothing or little is known unless they clearly do harm, of others only if they
    clearly help. With very few chosen candidates there is nothing to learn from: all retrievers then count alike.
    """
    return Ranker(_parts(lambda name: _part(name, _of(name, lessons), seed)))


def silenced(ranker: Ranker, lessons: Sequence[Lesson], seed: int) -> Ranker:
    """The ranker with donors heard nowhere; a part that heard none before stays as it is."""
    before = dict(zip(KNOWN, ranker.parts, strict=True))

    def muted(name: str) -> Part:
        return _part(name, without_transfer(_of(name, lessons)), seed) if before[name].hears else before[name]

    return Ranker(_parts(muted))


def _parts(make: Callable[[str], Part]) -> tuple[Part, ...]:
    """The parts, made at once: LightGBM works outside of Python's lock."""
    with ThreadPoolExecutor(cpu_count()) as pool:
        return tuple(pool.map(make, KNOWN))


def _part(known: str, lessons: Sequence[Lesson], seed: int) -> Part:
    """What orders the requests of users of whom so much is known.

    Where nothing is known, requests differ by their moment alone: trees would learn by heart what was chosen then,
    which the models of a lesson do not know and those of a later day do.
    """
    alone, most = without_transfer(lessons), 0 if known == "nothing" else ROUNDS
    tried, hears, found = trial.run(alone, lessons, seed, most), False, []
    if any(lesson.candidates.transfers.any() for lesson in lessons):
        heard = trial.run(lessons, lessons, seed, most)
        found = trial.gains(heard, tried)
        hears = trial.better(found) if known in WARY else not trial.worse(found)
        tried = heard if hears else tried
    log.info("ranker: where %s is known, %d rounds, donors have %s say; their gain by lesson, in standard errors: %s",
             known, tried.rounds, "a" if hears else "no", trial.told(found) or "none")  # fmt: skip
    return Part(grow(lessons if hears else alone, seed, rounds=tried.rounds), hears)


def _of(known: str, lessons: Sequence[Lesson]) -> list[Lesson]:
    """The lessons of one part, or those of all where these are too few."""
    number = list(KNOWN).index(known)
    own = [lesson.take(_places(lesson.candidates) == number) for lesson in lessons]
    return own if sum(lesson.chosen.sum() for lesson in own) >= ENOUGH else list(lessons)


def _places(candidates: Candidates) -> np.ndarray:
    """Number of the part that each candidate's request goes to, (n_candidates,)."""
    if EVENTS not in candidates.names:
        return np.full(len(candidates.item), len(KNOWN) - 1)
    events = np.rint(np.expm1(candidates.features[:, candidates.names.index(EVENTS)]))
    return np.searchsorted(list(KNOWN.values()), events)
