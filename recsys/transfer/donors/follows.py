"""The people a user follows as donors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy.sparse as sp

from recsys.events.split import Requests
from recsys.interests.distributions import Observed
from recsys.transfer.donors.contract import Donation
from recsys.transfer.donors.voices import rows_of, shares


@dataclass(frozen=True)
class Follows:
    """Followees, heard in proportion to the weight of the link. Their own row carries no evidence for themselves."""

    graph: sp.csr_matrix
    """Weight of the link from a row (follower) to a column (followee), (n_users, n_users)."""
    observed: Observed
    name: ClassVar[str] = "follows"
    are_people: ClassVar[bool] = True

    def give(self, requests: Requests, observed: Observed) -> Donation:
        """The followees' mix of interests; nothing for a user who follows nobody with a history."""
        del observed
        heard = self.graph.multiply(self.observed.evidence > 0).tocsr()
        voices = shares(rows_of(heard, requests.user))
        return Donation(np.asarray(voices @ self.observed.distribution, dtype=np.float32), voices)
