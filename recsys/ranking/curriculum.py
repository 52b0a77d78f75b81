"""What each part of the ranker learns from: lessons of users of whom as much is known, or nearly as much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from recsys.events.interactions import Mask
from recsys.ranking.features import DOMAIN_EVENTS, EVENTS, RECENCY, Candidates
from recsys.ranking.lessons import Lesson

KNOWN = {"nothing": 0, "one": 1, "little": 3, "some": 10, "much": np.inf}
"""Parts, and the most choices of a user of whom so much is known."""
VISITORS = "visitors"
"""The part for requests of users with choices, none of them in a domain that is asked for."""
RETURNING = {"some": "some, returning", "much": "much, returning"}
"""The parts for requests of users of whom as much is known, who come back."""
PARTS = (*KNOWN, VISITORS, *RETURNING.values())
SESSION = 1 / 24
"""Days without an event after which a session is over, and who asks has come back."""
ENOUGH, PLENTY = 200, 5000
"""Chosen candidates from which on lessons are enough for a part, and for one that could learn from more."""


class Pupils(NamedTuple):
    """Whose lessons these are."""

    least: float = 0
    """Choices, at least."""
    most: float = np.inf
    """Choices, at most."""
    visiting: bool | None = False
    """Whether all is asked in domains that are new to the user; None: either."""
    returning: bool = False
    """Whether they alone count who come back; False: anybody."""

    def __str__(self) -> str:
        """Such as "users of 1 to 3 choices"."""
        count = f"{self.least:g}" if self.least == self.most else f"{self.least:g} to {self.most:g}"
        who = {True: "visitors", False: "users", None: "users and visitors"}[self.visiting]
        some = f"{who} of {f'{self.least:g} and more' if self.most == np.inf else count} choices"
        return f"{some} who come back" if self.returning else some


EVERYBODY, ANYBODY_KNOWN = Pupils(visiting=None), Pupils(1, visiting=None)
LESSONS: Mapping[str, Mapping[Pupils, int]] = {
    "nothing": {Pupils(0, 0): ENOUGH},
    "one": {Pupils(1, 1): PLENTY, Pupils(1, 3): ENOUGH},
    "little": {Pupils(1, 3): ENOUGH},
    "some": {Pupils(4, 10): ENOUGH},
    "much": {Pupils(11): ENOUGH},
    VISITORS: {Pupils(1, visiting=True): ENOUGH, Pupils(11): ENOUGH},
    RETURNING["some"]: {
        Pupils(4, 10, returning=True): PLENTY,
        Pupils(4, returning=True): PLENTY,
        Pupils(4, 10): ENOUGH,
    },
    RETURNING["much"]: {Pupils(11, returning=True): PLENTY, Pupils(11): ENOUGH},
}
"""Of each part, and how many chosen candidates are enough for it.

A part without enough learns from all users of whom something is known, and that for the others from everybody.
"""


def pupils_of(part: str, lessons: Sequence[Lesson]) -> Pupils:
    """The users most like those of a part from whose lessons it can learn."""
    others = EVERYBODY if part == "nothing" else ANYBODY_KNOWN
    return next((some for some, enough in LESSONS[part].items() if _chosen(some, lessons) >= enough), others)


def taught(pupils: Pupils, lessons: Sequence[Lesson]) -> list[Lesson]:
    """The lessons of such users."""
    return [one.take(_such(pupils, one.candidates)) for one in lessons]


def places(candidates: Candidates) -> npt.NDArray[np.int64]:
    """Place in `PARTS` of the part that each candidate's request goes to, (n_candidates,)."""
    by_events = np.searchsorted(list(KNOWN.values()), _events(candidates))
    found, returning = np.where(_visiting(candidates), PARTS.index(VISITORS), by_events), _returning(candidates)
    for name, later in RETURNING.items():
        found[(found == PARTS.index(name)) & returning] = PARTS.index(later)
    return found


def _chosen(pupils: Pupils, lessons: Sequence[Lesson]) -> float:
    return float(sum(one.chosen[_such(pupils, one.candidates)].sum() for one in lessons))


def _such(pupils: Pupils, candidates: Candidates) -> Mask:
    events = _events(candidates)
    such = (events >= pupils.least) & (events <= pupils.most)
    such &= _returning(candidates) | (not pupils.returning)
    return np.asarray(such if pupils.visiting is None else such & (_visiting(candidates) == pupils.visiting))


def _returning(candidates: Candidates) -> Mask:
    """Whether a candidate's user comes back after a pause, (n_candidates,)."""
    if RECENCY not in candidates.names:
        return np.zeros(len(candidates.item), bool)
    return np.asarray(candidates.features[:, candidates.names.index(RECENCY)] >= np.float32(np.log1p(SESSION)))


def _visiting(candidates: Candidates) -> Mask:
    """Whether a candidate's request is a visitor's, (n_candidates,)."""
    if DOMAIN_EVENTS not in candidates.names:
        return np.zeros(len(candidates.item), bool)
    within = candidates.features[:, candidates.names.index(DOMAIN_EVENTS)] > 0
    at_home = np.bincount(candidates.request, within, minlength=candidates.n_requests) > 0
    return np.asarray((_events(candidates) > 0) & ~at_home[candidates.request])


def _events(candidates: Candidates) -> npt.NDArray[np.float64]:
    """Choices of each candidate's user, (n_candidates,); many where that is not among the features."""
    if EVENTS not in candidates.names:
        return np.full(len(candidates.item), np.inf)
    return np.rint(np.expm1(candidates.features[:, candidates.names.index(EVENTS)].astype(np.float64)))
