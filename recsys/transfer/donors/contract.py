"""What every donor is: a source of transfer, whose interests contribute to a user's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import scipy.sparse as sp

from recsys.events.interactions import Floats, Ints
from recsys.events.split import Requests
from recsys.interests.distributions import Observed


@dataclass(frozen=True)
class Donation:
    """What a donor gives to each request."""

    distribution: Floats
    """P_d, (n_requests, n_interests); rows sum to 1, or to 0 where the donor abstains."""
    weights: sp.csr_matrix | None
    """Weights of the contributors, (n_requests, n_fitted_users), rows sum to 1 or 0; None: no single users."""
    contributors: Ints | None = None
    """How many fitted users contribute where only their sum is passed on, (n_requests,); None: see `weights`."""


class Donor(Protocol):
    """A fitted donor."""

    @property
    def name(self) -> str:
        """Its name, in settings, traces and reasons."""

    @property
    def are_people(self) -> bool:
        """True when single users contribute, so that their positives can be passed on too."""

    def give(self, requests: Requests, observed: Observed) -> Donation:
        """The donor's answer for each request. People donors exclude the user, everybody includes them."""
