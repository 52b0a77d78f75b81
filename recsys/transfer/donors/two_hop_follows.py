"""Two-hop follows as donors: evidence where few followees, or none, have a history."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import scipy.sparse as sp

from recsys.events.interactions import Ints
from recsys.events.split import Requests
from recsys.interests.distributions import Observed
from recsys.transfer.donors.contract import Donation
from recsys.transfer.donors.weights import followees, in_batches, largest, rows_of, shares

MAX_PEOPLE = 50
"""Two-hop follows of a user, at most: those of most weight."""


@dataclass(frozen=True)
class TwoHopFollows:
    """Two steps along the links: each followee passes their weight on to those they follow, except the user."""

    graph: sp.csr_matrix
    """Weight of the link from a row (follower) to a column (followee), (n_users, n_users)."""
    observed: Observed
    onward: sp.csr_matrix = field(init=False)
    """Share of the weight passed on to each followee, (n_users, n_users)."""
    name: ClassVar[str] = "circle"
    are_people: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "onward", followees(self.graph, self.observed))

    def give(self, requests: Requests, observed: Observed) -> Donation:
        """Mix of interests of the two-hop follows; people whom several followees follow weigh more."""
        del observed
        weights = in_batches(lambda rows: self._weights(requests.user[rows]), len(requests), self.graph.shape[0])
        return Donation(np.asarray(weights @ self.observed.distribution, dtype=np.float32), weights)

    def _weights(self, users: Ints) -> sp.csr_matrix:
        reached = (rows_of(self.graph, users) @ self.onward).tocoo()
        reached.data[reached.col == users[reached.row]] = 0.0
        reached = reached.tocsr()
        reached.eliminate_zeros()
        return shares(largest(reached, MAX_PEOPLE))
