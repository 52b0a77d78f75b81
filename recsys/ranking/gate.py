"""The gate of the ranker: whether what comes from donors helps it, by lessons that it has not seen."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from recsys.events.interactions import Floats
from recsys.ranking.lessons import Lesson, without_transfer
from recsys.ranking.trees import Trees, grow

log = logging.getLogger(__name__)

Gain = npt.NDArray[np.float64]

ROUNDS = 50
"""Of the one booster of each side: it is judged, not used."""
CLEAR = 2.0
"""Standard errors of the mean gain above which it is no chance."""
LEAST_JUDGED = 20
"""Requests of a lesson below which nothing is clear."""
SHOWN = 10


def gains(lessons: Sequence[Lesson], seed: int) -> list[Gain]:
    """What each request of each lesson gains in NDCG@10 when donors are heard.

    Two-fold: trees grown on every other request of each lesson, with and without donors, order the rest.
    """
    found = [np.concatenate(halves) for halves in zip(*_halves(lessons, seed), strict=True)]
    log.info("ranker: gain from donors by lesson, in standard errors: %s",
             ", ".join(f"{_standard_errors(one):+.1f}" for one in found))  # fmt: skip
    return found


def better(found: Sequence[Gain]) -> bool:
    """Whether donors clearly help in any kind of lesson: they may tell much of newcomers, nothing of others.

    >>> better([np.array([0.0, 0.01] * 50), np.array([0.0, -0.01] * 50)]), better([np.array([0.01, -0.01] * 50)])
    (True, False)
    """
    return any(len(one) >= LEAST_JUDGED and _standard_errors(one) > CLEAR for one in found)


def worse(found: Sequence[Gain]) -> bool:
    """Whether donors clearly do harm, in all lessons together."""
    return _standard_errors(np.concatenate(found)) < -CLEAR


def _halves(lessons: Sequence[Lesson], seed: int) -> Iterator[list[Gain]]:
    """Gains of the requests of each lesson, for either half."""
    alone = without_transfer(lessons)
    for half in (0, 1):
        heard = grow([_half(one, half) for one in lessons], seed, boosters=1, rounds=ROUNDS)
        muted = grow([_half(one, half) for one in alone], seed, boosters=1, rounds=ROUNDS)
        yield [_gain(_half(one, 1 - half), _half(other, 1 - half), heard, muted)
               for one, other in zip(lessons, alone, strict=True)]  # fmt: skip


def _half(lesson: Lesson, half: int) -> Lesson:
    return lesson.take(lesson.candidates.request % 2 == half)


def _gain(lesson: Lesson, alone: Lesson, heard: Trees, muted: Trees) -> Gain:
    wanted = np.bincount(lesson.candidates.request, lesson.chosen, minlength=lesson.candidates.n_requests)
    best = np.concatenate([[0.0], np.cumsum(1 / np.log2(np.arange(SHOWN) + 2))])[np.minimum(wanted, SHOWN).astype(int)]
    gain = _dcg(lesson, heard.score(lesson.candidates)) - _dcg(alone, muted.score(alone.candidates))
    return np.asarray(gain[wanted > 0] / best[wanted > 0])


def _dcg(lesson: Lesson, scores: Floats) -> Gain:
    """DCG@10 of every request, (n_requests,)."""
    request, count = lesson.candidates.request, lesson.candidates.n_requests
    order = np.lexsort((-scores, request))
    rank = np.arange(len(order)) - np.searchsorted(request, np.arange(count))[request[order]]
    found = lesson.chosen[order] * (rank < SHOWN) / np.log2(rank + 2)
    return np.asarray(np.bincount(request[order], found, minlength=count), np.float64)


def _standard_errors(gain: Gain) -> float:
    spread = float(gain.std(ddof=1)) if len(gain) > 1 else 0.0
    return float(gain.mean()) / spread * len(gain) ** 0.5 if spread else 0.0
