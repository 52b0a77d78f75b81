"""New users as donor: recent first positives, up to the request time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from recsys.events.interactions import Floats, Interactions
from recsys.events.split import Requests
from recsys.interests.distributions import Observed
from recsys.transfer.donors.contract import Donation
from recsys.transfer.donors.population import Population
from recsys.transfer.popularity import introductions


@dataclass(frozen=True)
class NewUsers:
    """Everybody when they were new, weighted by how recently that was.

    The population's positives are mostly those of long-time users; new users are more similar to other
    recent new users.
    """

    interactions: Interactions
    membership: Floats
    half_life_days: float
    beginnings: Population = field(init=False)
    name: ClassVar[str] = "newcomers"
    are_people: ClassVar[bool] = False

    def __post_init__(self) -> None:
        first = introductions(self.interactions)
        object.__setattr__(self, "beginnings", Population(first, self.membership, self.half_life_days))

    def give(self, requests: Requests, observed: Observed) -> Donation:
        """The recency-weighted mix of first positives before each request; nothing before the first of all."""
        return self.beginnings.give(requests, observed)
