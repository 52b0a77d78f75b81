"""What a user's donors chose: r_ui = Σ_v β_v w_vi, transfer one level below interests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy.sparse as sp

from recsys.events.interactions import Floats
from recsys.events.split import Requests
from recsys.transfer.donors.cohort import Cohort
from recsys.transfer.model import Profiles


@dataclass(frozen=True)
class DonorItems:
    """Items of one kind of donor."""

    donor: str
    chosen: sp.csr_matrix
    """Decayed positive weights, (n_users, n_items)."""
    transfers: ClassVar[bool] = True

    @property
    def name(self) -> str:
        """Such as "neighbours' items" or "circle's items"."""
        return f"{self.donor}'{'' if self.donor.endswith('s') else 's'} items"

    def score(self, requests: Requests, profiles: Profiles) -> Floats:
        """Weights of the donors' items, shared among the donors of each request."""
        del requests
        return np.asarray((profiles.voices[self.donor] @ self.chosen).todense(), dtype=np.float32)


@dataclass(frozen=True)
class CohortItems:
    """What people with the same attributes chose, known as a sum alone."""

    cohort: Cohort
    name: ClassVar[str] = "cohort's items"
    transfers: ClassVar[bool] = True

    def score(self, requests: Requests, profiles: Profiles) -> Floats:
        """Mean decayed weight of each item among the cohort, the user themselves left out."""
        del profiles
        return self.cohort.items(requests)
