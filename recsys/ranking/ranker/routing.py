"""Which expert of the ranker a request goes to, and whose examples each learns from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from recsys.events.interactions import Mask
from recsys.ranking.candidates import Candidates
from recsys.ranking.ranker.examples import Examples

SESSION = 1 / 24
"""Days without an event after which a session is over, and the user returns."""
MIN_CHOSEN, MIN_APART = 200, 5000
"""Chosen candidates from which on examples are enough for an expert, and for one that could learn from more."""


class Segment(NamedTuple):
    """Requests whose examples an expert learns from."""

    least: float = 0
    """Positives of the user, at least."""
    most: float = np.inf
    """Positives, at most."""
    new_to_domain: bool | None = False
    """Whether all is asked in domains that are new to the user; None: either."""
    returning: bool = False
    """Whether only users who return count; False: anybody."""

    def __str__(self) -> str:
        """Such as "users with 1 to 3 positives"."""
        count = f"{self.least:g}" if self.least == self.most else f"{self.least:g} to {self.most:g}"
        count = f"{self.least:g} or more" if self.most == np.inf else count
        who = {True: "users new to a domain", False: "users", None: "all users"}[self.new_to_domain]
        return f"{who} with {count} positives{', returning' if self.returning else ''}"


class Expert(NamedTuple):
    """What is declared of an expert."""

    serves: Segment
    learns_from: Mapping[Segment, int]
    """Segments, the closest first, and how many chosen candidates of one are enough.

    Without enough it learns from all users with positives, or for users without any from everybody.
    """
    cautious: bool = False
    """Donors are used only where they clearly help: so much is known that there is more to lose than to win."""
    grows: bool = True
    """Whether it may have trees.

    Requests without positives differ by their time alone: trees would overfit to what was chosen then.
    """


EVERYBODY, WITH_POSITIVES = Segment(new_to_domain=None), Segment(1, new_to_domain=None)
MANY = Segment(4)
EXPERTS: Mapping[str, Expert] = {
    "no history": Expert(Segment(0, 0), {Segment(0, 0): MIN_CHOSEN}, grows=False),
    "short history": Expert(Segment(1, 3), {Segment(1, 3): MIN_CHOSEN}),
    "within a session": Expert(MANY, {MANY: MIN_CHOSEN}, cautious=True),
    "returning": Expert(
        Segment(4, returning=True), {Segment(4, returning=True): MIN_APART, MANY: MIN_CHOSEN}, cautious=True
    ),
    "new to a domain": Expert(
        Segment(1, new_to_domain=True), {Segment(1, new_to_domain=True): MIN_CHOSEN, Segment(11): MIN_CHOSEN}
    ),
}
"""By name; where several serve a request, the last does."""


def training_segment(expert: Expert, examples: Sequence[Examples]) -> Segment:
    """The segment closest to an expert that has enough examples for it to learn from."""
    others = EVERYBODY if expert.serves.most == 0 else WITH_POSITIVES
    return next((part for part, enough in expert.learns_from.items() if _chosen(part, examples) >= enough), others)


def within(segment: Segment, examples: Sequence[Examples]) -> list[Examples]:
    """The examples of a segment."""
    return [kind.take(_belongs(segment, kind.candidates)) for kind in examples]


def route(candidates: Candidates) -> npt.NDArray[np.int64]:
    """Place in `EXPERTS` of the expert that each candidate's request goes to, (n_candidates,)."""
    found, new_to_domain = np.zeros(candidates.n_requests, np.int64), _new_to_domain(candidates)
    for place, expert in enumerate(EXPERTS.values()):
        found[_requests(expert.serves, candidates, new_to_domain)] = place
    return found.take(candidates.request)


def _chosen(segment: Segment, examples: Sequence[Examples]) -> float:
    return float(sum(kind.chosen[_belongs(segment, kind.candidates)].sum() for kind in examples))


def _belongs(segment: Segment, candidates: Candidates) -> Mask:
    return _requests(segment, candidates, _new_to_domain(candidates)).take(candidates.request)


def _requests(segment: Segment, candidates: Candidates, new_to_domain: Mask) -> Mask:
    """Whether a request belongs to the segment, (n_requests,)."""
    asked = candidates.asked
    belongs = (asked.positives >= segment.least) & (asked.positives <= segment.most)
    if segment.returning:
        belongs &= asked.away >= SESSION
    return belongs if segment.new_to_domain is None else belongs & (new_to_domain == segment.new_to_domain)


def _new_to_domain(candidates: Candidates) -> Mask:
    """Whether no candidate lies in a domain of the user's positives, though there are some, (n_requests,)."""
    inside = candidates.of("events in domain") > 0
    known = np.bincount(candidates.request, inside, minlength=candidates.n_requests) > 0
    asked = np.bincount(candidates.request, minlength=candidates.n_requests) > 0
    return np.asarray((candidates.asked.positives > 0) & asked & ~known)
