"""The population as donor: recent positives of all users, up to the request time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recsys.events.interactions import Floats, Interactions
from recsys.events.split import Requests
from recsys.interests.distributions import Observed
from recsys.transfer.donors.contract import Donation
from recsys.transfer.popularity import not_after_all, popularity


@dataclass(frozen=True)
class Population:
    """Everybody, weighted by the recency of their positives."""

    interactions: Interactions
    membership: Floats
    half_life_days: float
    name: ClassVar[str] = "population"
    are_people: ClassVar[bool] = False

    def give(self, requests: Requests, observed: Observed) -> Donation:
        """The recency-weighted mix of interests before each request; nothing before the first event of all."""
        del observed
        request_times, places = np.unique(not_after_all(self.interactions, requests.at), return_inverse=True)
        mass = popularity(self.interactions, request_times, self.half_life_days, self.membership)
        total = mass.sum(axis=1, keepdims=True)
        share = np.divide(mass, total, out=np.zeros_like(mass), where=total > 0)
        return Donation(share[places].astype(np.float32), weights=None)
