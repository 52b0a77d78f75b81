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
MIN_POSITIVES, MIN_APART = 200, 2000
"""Positive candidates from which on examples are enough for an expert, and for an expert that could learn from more."""


class Segment(NamedTuple):
    """Requests that an expert serves, or learns from; a row of no field is for all users."""

    least: float = 0
    """Positives of the user, at least."""
    most: float = np.inf
    """Positives, at most."""
    new_to_domain: bool | None = None
    """Whether all is asked in domains that are new to the user; None: either."""
    returning: bool = False
    """Whether only users who return count; False: anybody."""


class Expert(NamedTuple):
    """What is declared of an expert."""

    serves: Segment
    enough: int = MIN_POSITIVES
    """Positive candidates of these requests from which on it learns from them alone."""


EVERYBODY, WITH_POSITIVES, SESSIONS = Segment(), Segment(1), Segment(1, new_to_domain=False)
NO_HISTORY = "no history"
EXPERTS: Mapping[str, Expert] = {
    NO_HISTORY: Expert(Segment(0, 0)),
    "within a session": Expert(SESSIONS),
    "returning": Expert(Segment(1, new_to_domain=False, returning=True)),
    "short history": Expert(Segment(1, 3, new_to_domain=False), MIN_APART),
    "new to a domain": Expert(Segment(1, new_to_domain=True)),
}
"""By name; where several serve a request, the last does."""


def training_segment(expert: Expert, examples: Sequence[Examples]) -> Segment:
    """Whose examples an expert learns from: its own where there are enough, else those of the next who have.

    These are users in domains that they know, then all with positives; without any positives, everybody.
    """
    tried = {expert.serves: expert.enough} | ({SESSIONS: MIN_POSITIVES} if expert.serves.most else {})
    last = WITH_POSITIVES if expert.serves.most else EVERYBODY
    return next((segment for segment, enough in tried.items() if _n_positives(segment, examples) >= enough), last)


def _n_positives(segment: Segment, examples: Sequence[Examples]) -> float:
    return float(sum(kind.positive[_belongs(segment, kind.candidates)].sum() for kind in examples))


def within(segment: Segment, examples: Sequence[Examples]) -> list[Examples]:
    """The examples of a segment."""
    return [kind.take(_belongs(segment, kind.candidates)) for kind in examples]


def route(candidates: Candidates) -> npt.NDArray[np.int64]:
    """Place in `EXPERTS` of the expert that each candidate's request goes to, (n_candidates,)."""
    found = np.zeros(len(candidates.item), np.int64)
    for place, expert in enumerate(EXPERTS.values()):
        found[_belongs(expert.serves, candidates)] = place
    return found


def _belongs(segment: Segment, candidates: Candidates) -> Mask:
    """Whether a candidate's request belongs to the segment, (n_candidates,)."""
    asked = candidates.asked
    belongs = (asked.positives >= segment.least) & (asked.positives <= segment.most)
    if segment.new_to_domain is not None:
        belongs &= _new_to_domain(candidates) == segment.new_to_domain
    if segment.returning:
        belongs &= asked.away >= SESSION
    return belongs.take(candidates.request)


def _new_to_domain(candidates: Candidates) -> Mask:
    """Whether no candidate lies in a domain of the user's positives, though there are some, (n_requests,)."""
    inside = candidates.of("events in domain") > 0
    known = np.bincount(candidates.request, inside, minlength=candidates.n_requests) > 0
    asked = np.bincount(candidates.request, minlength=candidates.n_requests) > 0
    return np.asarray((candidates.asked.positives > 0) & asked & ~known)
