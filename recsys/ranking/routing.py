"""Which expert of the ranker a request goes to, and whose examples each learns from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from recsys.events.interactions import Mask
from recsys.ranking.examples import Examples
from recsys.ranking.features import DOMAIN_EVENTS, EVENTS, RECENCY, Candidates

KNOWN = {"nothing": 0, "one": 1, "little": 3, "some": 10, "much": np.inf}
"""Experts by name, and the most choices of a user of whom so much is known."""
VISITORS = "visitors"
"""The expert for requests of users with choices, none of them in a domain that is asked for."""
RETURNING = {"some": "some, returning", "much": "much, returning"}
"""The experts for requests of users of whom as much is known, who come back."""
EXPERTS = (*KNOWN, VISITORS, *RETURNING.values())
SESSION = 1 / 24
"""Days without an event after which a session is over, and who asks has come back."""
ENOUGH, PLENTY = 200, 5000
"""Chosen candidates from which on examples are enough for an expert, and for one that could learn from more."""


class Segment(NamedTuple):
    """Users whose examples an expert learns from; not one of the segments of evidence."""

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


EVERYBODY, ANYBODY_KNOWN = Segment(visiting=None), Segment(1, visiting=None)
TRAINED_ON: Mapping[str, Mapping[Segment, int]] = {
    "nothing": {Segment(0, 0): ENOUGH},
    "one": {Segment(1, 1): PLENTY, Segment(1, 3): ENOUGH},
    "little": {Segment(1, 3): ENOUGH},
    "some": {Segment(4, 10): ENOUGH},
    "much": {Segment(11): ENOUGH},
    VISITORS: {Segment(1, visiting=True): ENOUGH, Segment(11): ENOUGH},
    RETURNING["some"]: {
        Segment(4, 10, returning=True): PLENTY,
        Segment(4, returning=True): PLENTY,
        Segment(4, 10): ENOUGH,
    },
    RETURNING["much"]: {Segment(11, returning=True): PLENTY, Segment(11): ENOUGH},
}
"""Segments of each expert, the closest first, and how many chosen candidates of one are enough for it.

An expert without enough learns from all users of whom something is known, the one for nothing from everybody.
"""


def training_segment(expert: str, examples: Sequence[Examples]) -> Segment:
    """The segment closest to an expert that left enough examples for it to learn from."""
    others = EVERYBODY if expert == "nothing" else ANYBODY_KNOWN
    return next((some for some, enough in TRAINED_ON[expert].items() if _chosen(some, examples) >= enough), others)


def within(segment: Segment, examples: Sequence[Examples]) -> list[Examples]:
    """The examples of a segment."""
    return [one.take(_belongs(segment, one.candidates)) for one in examples]


def route(candidates: Candidates) -> npt.NDArray[np.int64]:
    """Place in `EXPERTS` of the expert that each candidate's request goes to, (n_candidates,)."""
    by_events = np.searchsorted(list(KNOWN.values()), _events(candidates))
    found, returning = np.where(_visiting(candidates), EXPERTS.index(VISITORS), by_events), _returning(candidates)
    for name, later in RETURNING.items():
        found[(found == EXPERTS.index(name)) & returning] = EXPERTS.index(later)
    return found


def _chosen(segment: Segment, examples: Sequence[Examples]) -> float:
    return float(sum(one.chosen[_belongs(segment, one.candidates)].sum() for one in examples))


def _belongs(segment: Segment, candidates: Candidates) -> Mask:
    events = _events(candidates)
    belongs = (events >= segment.least) & (events <= segment.most)
    belongs &= _returning(candidates) | (not segment.returning)
    return np.asarray(belongs if segment.visiting is None else belongs & (_visiting(candidates) == segment.visiting))


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
