"""Items by interest: how much more likely an item is for this profile than for everybody."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys.events.interactions import Floats, Interactions
from recsys.events.split import Requests
from recsys.transfer.model import Profiles
from recsys.transfer.popularity import not_after_all, popularity


@dataclass(frozen=True)
class Interests:
    """p(item | user) = Σ_k P_u(k) p(item | k), with p(item | k) ∝ popularity · q_item(k)."""

    membership: Floats
    interactions: Interactions
    half_life_days: float
    name: str
    transfers: bool
    """True: the profile after transfer; False: as observed."""

    def score(self, requests: Requests, profiles: Profiles) -> Floats:
        """Probability of each item under the user's interests, times 1,000."""
        taste = profiles.transferred if self.transfers else profiles.observed.distribution
        moments, places = np.unique(not_after_all(self.interactions, requests.at), return_inverse=True)
        popular = popularity(self.interactions, moments, self.half_life_days)
        size = np.maximum(popular @ self.membership, 1e-9)
        likely = (taste / size[places]) @ self.membership.T
        return np.asarray(1000.0 * likely * popular[places], np.float32)
