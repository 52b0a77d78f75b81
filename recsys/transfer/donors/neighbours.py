"""Similar users as donors: those who chose the same items, the rarer the item the more it says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import scipy.sparse as sp

from recsys.events.interactions import Floats, Interactions
from recsys.events.split import Requests
from recsys.interests.distributions import Observed
from recsys.transfer.donors.contract import Donation
from recsys.transfer.donors.voices import in_batches, shares


@dataclass(frozen=True)
class Neighbours:
    """The `count` most similar fitted users, by tf-idf cosine of what they chose."""

    interactions: Interactions
    observed: Observed
    count: int
    rarity: Floats = field(init=False)
    chosen: sp.csr_matrix = field(init=False)
    name: ClassVar[str] = "neighbours"
    are_people: ClassVar[bool] = True

    def __post_init__(self) -> None:
        positives = self.interactions.positives
        holders = np.asarray(positives.sum(axis=0)).ravel()
        rarity = np.log1p(positives.shape[0] / np.maximum(holders, 1.0)).astype(np.float32)
        object.__setattr__(self, "rarity", rarity)
        object.__setattr__(self, "chosen", _unit_rows(positives.multiply(rarity).tocsr()))

    def give(self, requests: Requests, observed: Observed) -> Donation:
        """The neighbours' mix of interests, each heard in proportion to their similarity."""
        del observed
        mine = _unit_rows(requests.history.positives.multiply(self.rarity).tocsr())
        nearest = in_batches(
            lambda rows: self._nearest(mine[rows], requests.user[rows]), len(requests), self.chosen.shape[0]
        )
        voices = shares(nearest)
        return Donation(np.asarray(voices @ self.observed.distribution, dtype=np.float32), voices)

    def _nearest(self, mine: sp.csr_matrix, own: np.ndarray) -> sp.csr_matrix:
        alike = np.asarray((mine @ self.chosen.T).todense())
        known = own >= 0
        alike[np.flatnonzero(known), own[known]] = 0.0
        count = min(self.count, alike.shape[1])
        nearest = np.argpartition(-alike, count - 1, axis=1)[:, :count]
        rows = np.repeat(np.arange(len(alike)), count)
        values = np.take_along_axis(alike, nearest, axis=1).ravel()
        matrix = sp.csr_matrix((values, (rows, nearest.ravel())), shape=alike.shape)
        matrix.eliminate_zeros()
        return matrix


def _unit_rows(matrix: sp.csr_matrix) -> sp.csr_matrix:
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return sp.csr_matrix(sp.diags(1.0 / np.maximum(length, 1e-12)) @ matrix, dtype=np.float32)
