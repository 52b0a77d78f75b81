"""The people a user follows as donors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import scipy.sparse as sp

from recsys.events.split import Requests
from recsys.interests.distributions import Observed
from recsys.transfer.donors.contract import Donation
from recsys.transfer.donors.weights import followees, rows_of


@dataclass(frozen=True)
class Follows:
    """Followees, each in proportion to the weight of the link. Their own row carries no evidence for themselves."""

    graph: sp.csr_matrix
    """Weight of the link from a row (follower) to a column (followee), (n_users, n_users)."""
    observed: Observed
    shares: sp.csr_matrix = field(init=False)
    """Share of each followee, (n_users, n_users)."""
    name: ClassVar[str] = "follows"
    are_people: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "shares", followees(self.graph, self.observed))

    def give(self, requests: Requests, observed: Observed) -> Donation:
        """The followees' mix of interests; nothing for a user who follows nobody with a history."""
        del observed
        weights = rows_of(self.shares, requests.user)
        return Donation(np.asarray(weights @ self.observed.distribution, dtype=np.float32), weights)
