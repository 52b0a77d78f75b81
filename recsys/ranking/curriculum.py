"""What each part of the ranker learns from: lessons of users of whom as much is known, or nearly as much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from recsys.events.interactions import Mask
from recsys.ranking.features import EVENTS, Candidates
from recsys.ranking.lessons import Lesson

KNOWN = {"nothing": 0, "one": 1, "little": 3, "some": 10, "much": np.inf}
"""Parts, and the most positive events of a user of whom so much is known."""
ENOUGH, PLENTY = 200, 5000
"""Chosen candidates from which on lessons are enough for a part, and for one that could learn from more."""


class Range(NamedTuple):
    """Positive events of the users whose lessons these are, both ends included."""

    least: float
    most: float


EVERYBODY = Range(0, np.inf)
LESSONS: Mapping[str, Mapping[Range, int]] = {
    "nothing": {Range(0, 0): ENOUGH},
    "one": {Range(1, 1): PLENTY, Range(1, 3): ENOUGH},
    "little": {Range(1, 3): ENOUGH},
    "some": {Range(4, 10): ENOUGH},
    "much": {Range(11, np.inf): ENOUGH},
}
"""Of each part, and how many chosen candidates are enough for it; a part without enough learns from everybody's."""


def range_of(part: str, lessons: Sequence[Lesson]) -> Range:
    """The narrowest range of users from whose lessons a part can learn."""
    return next((one for one, enough in LESSONS[part].items() if _chosen(one, lessons) >= enough), EVERYBODY)


def within(wanted: Range, lessons: Sequence[Lesson]) -> list[Lesson]:
    """The lessons of users in a range."""
    return [one.take(_inside(wanted, one)) for one in lessons]


def places(candidates: Candidates) -> npt.NDArray[np.int64]:
    """Place in `KNOWN` of the part that each candidate's request goes to, (n_candidates,)."""
    return np.searchsorted(list(KNOWN.values()), _events(candidates))


def _chosen(wanted: Range, lessons: Sequence[Lesson]) -> float:
    return float(sum(one.chosen[_inside(wanted, one)].sum() for one in lessons))


def _inside(wanted: Range, lesson: Lesson) -> Mask:
    events = _events(lesson.candidates)
    return np.asarray((events >= wanted.least) & (events <= wanted.most))


def _events(candidates: Candidates) -> npt.NDArray[np.float64]:
    """Positive events of each candidate's user, (n_candidates,); many where that is not among the features."""
    if EVENTS not in candidates.names:
        return np.full(len(candidates.item), np.inf)
    return np.rint(np.expm1(candidates.features[:, candidates.names.index(EVENTS)].astype(np.float64)))
