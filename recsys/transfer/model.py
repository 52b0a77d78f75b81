"""Transfer, fitted: profiles of users before and after it, with the trace of the contributors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

from recsys.events.interactions import Floats, Interactions, Ints, decayed
from recsys.events.side import SideInformation
from recsys.events.split import Requests, Split, requested_at, reveal, sample, stack
from recsys.interests.distributions import Observed, remember
from recsys.settings import Settings
from recsys.transfer.donors.cohort import Cohort
from recsys.transfer.donors.contract import Donor
from recsys.transfer.donors.domains import Domains
from recsys.transfer.donors.follows import Follows
from recsys.transfer.donors.neighbours import Neighbours
from recsys.transfer.donors.new_users import NewUsers
from recsys.transfer.donors.population import Population
from recsys.transfer.donors.two_hop_follows import TwoHopFollows
from recsys.transfer.estimate import Estimate, HeldOut, donor_shares, estimate, mix
from recsys.transfer.segments import segment
from recsys.transfer.shift import shift, shrinkage

REVEALED = (0, 1, 2, 3, 6, 10, 20, 50, 100)
"""Histories are cut to so many positives to learn how far to transfer."""
MAX_USERS = 2000
"""Users that are cut at each of these; of a larger set a random sample is learnt from."""
NEXT = 10
"""Positives after the cut that a profile is to predict."""


@dataclass(frozen=True)
class Profiles:
    """Users before and after transfer; the rows of all arrays are requests."""

    observed: Observed
    source: Floats
    """P_src, (n, n_interests); rows sum to 1."""
    alpha: Floats
    """(n,), in [0, 1]."""
    transferred: Floats
    """P̃, (n, n_interests); rows sum to 1."""
    segment: Ints
    """Place in `segments.NAMES`, (n,)."""
    shares: Floats
    """Share of each donor in the source, (n, n_donors); rows sum to 1, or to 0 where all abstain."""
    weights: Mapping[str, sp.csr_matrix]
    """Contributors, for the donors that are people: (n, n_users), rows sum to 1 or 0."""
    contributors: Mapping[str, Ints] = field(default_factory=dict)
    """Number of contributors, for the donors that pass on a sum of people, (n,)."""


@dataclass(frozen=True)
class Transfer:
    """Donors with their estimates on held-out data."""

    membership: Floats
    donors: Sequence[Donor]
    estimates: Sequence[Estimate]
    settings: Settings

    @property
    def people(self) -> list[str]:
        """Names of the donors that are people, whose own positives can be passed on too."""
        return [donor.name for donor in self.donors if donor.are_people]

    def profiles(self, requests: Requests) -> Profiles:
        """The profile of every request. With transfer disabled, alpha is 0 for everyone with evidence."""
        observed = remember(requests.history, self.membership, self.settings, requests.drift)
        places = segment(observed.events)
        given = {donor.name: donor.give(requests, observed) for donor in self.donors}
        donations = {name: donation.distribution for name, donation in given.items()}
        source, shares = np.zeros_like(observed.distribution), np.zeros((len(requests), len(given)), np.float32)
        for place in np.unique(places):
            rows = places == place
            beta = self.estimates[place].beta
            here = {name: donation[rows] for name, donation in donations.items()}
            source[rows], shares[rows] = mix(here, beta), donor_shares(here, beta)
        alpha = self._alpha(observed, places)
        weights = {name: donation.weights for name, donation in given.items() if donation.weights is not None}
        contributors = {
            name: donation.contributors for name, donation in given.items() if donation.contributors is not None
        }
        transferred = shift(observed.distribution, source, alpha[:, None]).astype(np.float32)
        return Profiles(observed, source, alpha, transferred, places, shares, weights, contributors)

    def _alpha(self, observed: Observed, places: Ints) -> Floats:
        enabled = self.settings.transfer.enabled
        kappa = np.array([found.kappa if found.is_open and enabled else 0.0 for found in self.estimates])
        return shrinkage(observed.evidence, kappa[places]).astype(np.float32)


def fit(
    interactions: Interactions,
    membership: Floats,
    side: SideInformation,
    settings: Settings,
    timed: bool = True,
    drift: Floats | None = None,
) -> Transfer:
    """Donors made of `interactions`, with κ, β and gates estimated on cuts of the same histories.

    A donor for which `side` has nothing (links, attributes, a second domain) is dropped. A user's own later events
    never reach their earlier request: people exclude the user, and the population's positives end at the request
    time. Where an order stands in for times (`timed` false) all ask at the end, so the population includes the user.
    `drift` of the users, (n_users,), is measured where it is not given.
    """
    donors = _donors(interactions, membership, side, settings, drift)
    rng = np.random.default_rng(settings.seed)
    cuts = stack([sample(reveal(interactions, count, NEXT), MAX_USERS, rng) for count in REVEALED])
    cuts = cuts if timed or not len(cuts.requests) else requested_at(cuts, interactions.end)
    estimates = estimate(_held_out(cuts, donors, membership, settings), rng)
    return Transfer(membership, donors, estimates, settings)


def _donors(
    interactions: Interactions, membership: Floats, side: SideInformation, settings: Settings, drift: Floats | None
) -> Sequence[Donor]:
    observed = remember(interactions, membership, settings, drift)
    half_life, popularity_half_life = settings.events.half_life_days, settings.transfer.popularity_half_life_days
    donors: list[Donor] = [Neighbours(interactions, observed, settings.transfer.neighbours)]
    if side.graph.nnz:
        donors[:0] = [Follows(side.graph, observed), TwoHopFollows(side.graph, observed)]
    if side.attributes.nnz:
        weight = decayed(interactions, half_life)
        shape = (interactions.n_users, interactions.n_items)
        positives = sp.csr_matrix((weight, (interactions.user, interactions.item)), shape=shape)
        donors.append(Cohort.of(side.attributes, side.values, observed, positives, settings.transfer.min_cohort))
    if len(side.domains) > 1:
        donors.append(Domains(interactions, membership, side.domain, side.domains, half_life))
    everybody = (interactions, membership, popularity_half_life)
    return [*donors, NewUsers(*everybody), Population(*everybody)]


def _held_out(cuts: Split, donors: Sequence[Donor], membership: Floats, settings: Settings) -> HeldOut:
    observed = remember(cuts.requests.history, membership, settings)
    total = np.maximum(np.asarray(cuts.targets.sum(axis=1)), 1.0)
    target = np.asarray(cuts.targets @ membership) / total
    donations = {donor.name: donor.give(cuts.requests, observed).distribution for donor in donors}
    return HeldOut(
        observed.distribution, observed.evidence, segment(observed.events), donations, target, cuts.requests.user
    )


def describe(estimates: Sequence[Estimate]) -> list[dict[str, object]]:
    """The estimates as JSON types, by segment."""
    names = ("segment", "kappa", "beta", "gain", "gain_low", "gain_high")
    return [{**{name: getattr(found, name) for name in names}, "open": found.is_open} for found in estimates]
