"""The learned ranker: trees for those of whom little is known and trees for the rest, each with a gate for donors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from recsys.events.interactions import Floats, Mask
from recsys.ranking.features import EVENTS, Candidates
from recsys.ranking.gate import better, gains, worse
from recsys.ranking.lessons import Lesson, without_transfer
from recsys.ranking.trees import Trees, grow

FEW = 10
"""Positive events of a user up to which little is known."""
ENOUGH = 500
"""Chosen candidates in the lessons of one part below which its trees grow on those of both."""


@dataclass(frozen=True)
class Part:
    """What orders the requests of some users."""

    trees: Trees
    hears: bool
    """Whether donors have a say: their candidates and features."""


@dataclass(frozen=True)
class Ranker:
    """Each request goes to one part, by how much is known of its user."""

    few: Part
    many: Part

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
        few = _few(candidates)
        yield self.few, few
        yield self.many, ~few


def train(lessons: Sequence[Lesson], seed: int) -> Ranker:
    """A ranker that puts what was chosen first.

    Where little is known it listens to donors unless they clearly do harm, where much is known only if they clearly
    help. With fewer than `trees.LEAST` chosen candidates there is too little to learn from: all retrievers count alike.
    """
    few, many = _lessons_of(lessons, few=True), _lessons_of(lessons, few=False)
    if not any(lesson.candidates.transfers.any() for lesson in lessons):
        return Ranker(*(_part(learnt, False, seed) for learnt in (few, many)))
    return Ranker(_part(few, not worse(gains(few, seed)), seed), _part(many, better(gains(many, seed)), seed))


def silenced(ranker: Ranker, lessons: Sequence[Lesson], seed: int) -> Ranker:
    """The ranker with donors heard nowhere; a part that heard none before stays as it is."""
    return Ranker(*(
        _part(_lessons_of(lessons, few), False, seed) if part.hears else part
        for part, few in ((ranker.few, True), (ranker.many, False))
    ))  # fmt: skip


def _lessons_of(lessons: Sequence[Lesson], few: bool) -> list[Lesson]:
    own = [lesson.take(_few(lesson.candidates) == few) for lesson in lessons]
    return own if sum(lesson.chosen.sum() for lesson in own) >= ENOUGH else list(lessons)


def _part(learnt: Sequence[Lesson], hears: bool, seed: int) -> Part:
    return Part(grow(learnt if hears else without_transfer(learnt), seed), hears)


def _few(candidates: Candidates) -> Mask:
    """Whether little is known of a candidate's user, (n_candidates,)."""
    if EVENTS not in candidates.names:
        return np.zeros(len(candidates.item), bool)
    return np.asarray(candidates.features[:, candidates.names.index(EVENTS)] < np.log1p(FEW + 0.5))
