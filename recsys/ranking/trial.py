"""Trials of the ranker on lessons that it has not seen: how many rounds pay, and whether donors help."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recsys.ranking.lessons import Lesson
from recsys.ranking.trees import Trees, grow

log = logging.getLogger(__name__)

ROUNDS = (0, 20, 50, 100)
"""Rounds of the trees among which a trial chooses; 0: the blend alone."""
CLEAR = 2.0
"""Standard errors of the mean gain above which it is no chance."""
LEAST_JUDGED = 20
"""Requests of a lesson below which nothing is clear."""
MANY = 1000
"""Requests above which one half is enough to learn from, and the other to judge by."""
SHOWN = 10

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Trial:
    """What came of it."""

    rounds: int
    """Those under which NDCG@10 is highest over all requests."""
    ndcg: tuple[Values, ...]
    """NDCG@10 under these, of each lesson's requests in which something was to be found."""


def run(lessons: Sequence[Lesson], asked: Sequence[Lesson], seed: int) -> Trial:
    """Trees grown on every other request of each lesson order the rest, and where requests are few the other way too.

    `asked` are the same lessons with all their candidates, of which `lessons` may lack some: what was chosen of these
    and cannot be found counts as missed.
    """
    wanted = [_wanted(one) for one in asked]
    halves = (0, 1) if sum(np.count_nonzero(one) for one in wanted) <= MANY else (0,)
    judged = [(one > 0) & np.isin(1 - np.arange(len(one)) % 2, halves) for one in wanted]
    values = {rounds: [np.zeros(len(one)) for one in wanted] for rounds in ROUNDS}
    for half in halves:
        trees = grow([_half(one, half) for one in lessons], seed, boosters=1)
        for rounds, into in values.items():
            for place, one in enumerate(lessons):
                into[place] += ndcg(_half(one, 1 - half), wanted[place], trees, rounds)
    found = {
        rounds: tuple(one[rows] for one, rows in zip(some, judged, strict=True)) for rounds, some in values.items()
    }
    best = max(ROUNDS, key=lambda rounds: sum(float(one.sum()) for one in found[rounds]))
    return Trial(best, found[best])


def ndcg(lesson: Lesson, wanted: Values, trees: Trees, rounds: int) -> Values:
    """NDCG@10 of every request, (n_requests,); 0 for one without candidates. `wanted` counts what was chosen."""
    request, count = lesson.candidates.request, lesson.candidates.n_requests
    order = np.lexsort((-trees.score(lesson.candidates, rounds), request))
    rank = np.arange(len(order)) - np.searchsorted(request, np.arange(count))[request[order]]
    found = lesson.chosen[order] * (rank < SHOWN) / np.log2(rank + 2)
    ideal = np.concatenate([[np.inf], np.cumsum(1 / np.log2(np.arange(SHOWN) + 2))])
    best = ideal[np.minimum(wanted, SHOWN).astype(int)]
    return np.asarray(np.bincount(request[order], found, minlength=count) / best, np.float64)


def gains(heard: Trial, muted: Trial) -> list[Values]:
    """What each request of each lesson gains when donors are heard."""
    found = [one - other for one, other in zip(heard.ndcg, muted.ndcg, strict=True)]
    log.info("ranker: gain from donors by lesson, in standard errors: %s",
             ", ".join(f"{_standard_errors(one):+.1f}" for one in found))  # fmt: skip
    return found


def better(found: Sequence[Values]) -> bool:
    """Whether donors clearly help in any kind of lesson: they may tell much of newcomers, nothing of others.

    >>> better([np.array([0.0, 0.01] * 50), np.array([0.0, -0.01] * 50)]), better([np.array([0.01, -0.01] * 50)])
    (True, False)
    """
    return any(len(one) >= LEAST_JUDGED and _standard_errors(one) > CLEAR for one in found)


def worse(found: Sequence[Values]) -> bool:
    """Whether donors clearly do harm, in all lessons together."""
    return _standard_errors(np.concatenate(found)) < -CLEAR


def _wanted(lesson: Lesson) -> Values:
    """Candidates of each request that were chosen, (n_requests,)."""
    request, count = lesson.candidates.request, lesson.candidates.n_requests
    return np.asarray(np.bincount(request, lesson.chosen, minlength=count), np.float64)


def _half(lesson: Lesson, half: int) -> Lesson:
    return lesson.take(lesson.candidates.request % 2 == half)


def _standard_errors(gain: Values) -> float:
    spread = float(gain.std(ddof=1)) if len(gain) > 1 else 0.0
    return float(gain.mean()) / spread * len(gain) ** 0.5 if spread else 0.0
