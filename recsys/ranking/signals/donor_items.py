"""Positives of a user's donors: r_ui = Σ_v β_v w_vi, transfer one level below interests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import scipy.sparse as sp

from recsys.events.split import Requests
from recsys.ranking.signals.answers import Sparse
from recsys.ranking.signals.contract import Phrases, Signal, Spec
from recsys.ranking.signals.item_to_item import strongest
from recsys.ranking.signals.known import Known
from recsys.transfer.donors.cohort import Cohort
from recsys.transfer.model import Profiles

NEIGHBOURS = Phrases("chosen by people with a taste like yours", "品味与您相近的人选过")
FOLLOWS = Phrases("chosen by people you follow", "您关注的人选过")
TWO_HOP_FOLLOWS = Phrases("chosen in the circle of people you follow", "您关注的人的圈子里有人选过")
PEOPLE: Mapping[str, Spec] = {
    "neighbours": Spec("neighbours' items", "donors", NEIGHBOURS, needs_history=True, transfers=True),
    "follows": Spec("follows' items", "donors", FOLLOWS, transfers=True),
    "circle": Spec("circle's items", "donors", TWO_HOP_FOLLOWS, transfers=True),
}
"""By the name of the donor."""
COHORT = Spec(
    "cohort's items",
    "donors",
    Phrases("chosen by people with a similar profile", "资料与您相近的人选过"),
    transfers=True,
)
PASSED_ON = 200
"""Items that a donor passes on, those of most weight."""


@dataclass(frozen=True)
class DonorItems:
    """Items of one kind of donor."""

    spec: Spec
    donor: str
    weights: sp.csr_matrix
    """Decayed positive weights, (n_users, n_items)."""

    def ask(self, requests: Requests, profiles: Profiles) -> Sparse:
        """Weights of the donors' items, in proportion to the donors of each request."""
        del requests
        return Sparse(sp.csr_matrix(profiles.weights[self.donor] @ self.weights))


@dataclass(frozen=True)
class CohortItems:
    """Positives of people with the same attributes, known as a sum alone."""

    cohort: Cohort
    spec: Spec = COHORT

    def ask(self, requests: Requests, profiles: Profiles) -> Sparse:
        """Mean decayed weight of each item among the cohort, without the user themselves."""
        del profiles
        return Sparse(sp.csr_matrix(self.cohort.items(requests)))


def fit(known: Known) -> Sequence[Signal]:
    """Positives of each kind of people among the donors, and the cohort, where it exists."""
    donors = known.transfer.donors
    people = [donor.name for donor in donors if donor.are_people]
    weights = strongest(known.weights, PASSED_ON) if people else known.weights
    return [
        *(DonorItems(PEOPLE[name], name, weights) for name in people),
        *(CohortItems(donor) for donor in donors if isinstance(donor, Cohort)),
    ]
