"""Similar users as donors: users with the same positives, rarer items weighing more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import scipy.sparse as sp

from recsys.events.interactions import Floats, Interactions
from recsys.events.split import Requests
from recsys.interests.distributions import Observed
from recsys.transfer.donors.contract import Donation
from recsys.transfer.donors.nearest import Nearest
from recsys.transfer.donors.weights import shares


@dataclass(frozen=True)
class Neighbours:
    """The `count` most similar fitted users, by tf-idf cosine of their positives."""

    interactions: Interactions
    observed: Observed
    count: int
    rarity: Floats = field(init=False)
    nearest: Nearest = field(init=False)
    name: ClassVar[str] = "neighbours"
    are_people: ClassVar[bool] = True

    def __post_init__(self) -> None:
        positives = self.interactions.positives
        holders = np.asarray(positives.sum(axis=0)).ravel()
        rarity = np.log1p(positives.shape[0] / np.maximum(holders, 1.0)).astype(np.float32)
        object.__setattr__(self, "rarity", rarity)
        object.__setattr__(self, "nearest", Nearest(_unit_rows(positives.multiply(rarity).tocsr())))

    def give(self, requests: Requests, observed: Observed) -> Donation:
        """The neighbours' mix of interests, each in proportion to their similarity."""
        del observed
        mine = _unit_rows(requests.history.positives.multiply(self.rarity).tocsr())
        weights = shares(self.nearest.of(mine, requests.user, self.count))
        return Donation(np.asarray(weights @ self.observed.distribution, dtype=np.float32), weights)


def _unit_rows(matrix: sp.csr_matrix) -> sp.csr_matrix:
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return sp.csr_matrix(sp.diags(1.0 / np.maximum(length, 1e-12)) @ matrix, dtype=np.float32)
