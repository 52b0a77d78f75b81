"""The user's own history in other domains as donor, for the domains they have not been in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from recsys.events.interactions import Floats, Interactions, Ints, Mask
from recsys.events.split import Requests
from recsys.interests.distributions import Observed, observe
from recsys.transfer.donors.bridge import Bridge, bridge
from recsys.transfer.donors.contract import Donation


@dataclass(frozen=True)
class Domains:
    """Prediction for the domains in which a user has no history, from their history in other domains.

    A profile is over the interests of all domains, and P̂_u has no mass where the user has not been. For every such
    domain t a `bridge` leads from the user's positives outside t, which are then all they have, to those predicted
    in t. Those of several domains are mixed by the positives in each:

        P_domains = Σ_t N_t P(· | u, t) / Σ_t N_t        t without a positive event of u, N_t the positive events in t

    One bridge for each t, and not one for each pair of domains, since interests come from texts: they mostly
    identify a positive's domain, and every user who has been in t and in other domains is an example.

    It leaves to P̂_u and the other donors how much the user will stay where they are: β is how often people move on.
    Abstains for users without history, or with history in all domains; items without a domain are only a source.
    """

    interactions: Interactions
    membership: Floats
    domain: Ints
    """Number of each item's domain, (n_items,)."""
    domains: Sequence[str]
    """Their names; "" is no domain."""
    half_life_days: float
    bridges: Sequence[Bridge] = field(init=False)
    """To each domain."""
    size: Floats = field(init=False)
    """N_t, (n_domains,); 0 for no domain."""
    name: ClassVar[str] = "domains"
    are_people: ClassVar[bool] = False

    def __post_init__(self) -> None:
        places = range(len(self.domains))
        bridges = [self._bridge(place) for place in places]
        size = np.bincount(self.domain[self._positive_items()], minlength=len(places)) * np.array(
            [name != "" for name in self.domains]
        )
        object.__setattr__(self, "bridges", bridges)
        object.__setattr__(self, "size", size.astype(np.float32))

    def _bridge(self, place: int) -> Bridge:
        outside, inside = self._sides(place)
        items = self._positive_items()
        spread = (self.membership**2).sum(axis=1)[items[outside[items]]]
        observed = [self._observe(self.interactions, within) for within in (outside, inside)]
        return bridge(observed[0], observed[1], float(spread.mean()) if len(spread) else 0.0)

    def _positive_items(self) -> Ints:
        """Item of every positive event."""
        return self.interactions.item[self.interactions.positive]

    def give(self, requests: Requests, observed: Observed) -> Donation:
        """The mix of interests expected in the domains that are new to the user."""
        new = self._new(requests) & (observed.evidence > 0)[:, None]
        total = np.zeros_like(observed.distribution)
        for place in np.flatnonzero((self.size > 0) & new.any(axis=0)).tolist():
            rows = np.flatnonzero(new[:, place])
            own = [self._own(requests.user[rows], within) for within in self._sides(place)]
            expected = self.bridges[place].cross(observed.distribution[rows], observed.evidence[rows], *own)
            total[rows] += self.size[place] * expected
        whole = total.sum(axis=1, keepdims=True)
        return Donation(np.divide(total, whole, out=np.zeros_like(total), where=whole > 0), weights=None)

    def _new(self, requests: Requests) -> Mask:
        """Where a user has no positive event, (n_requests, n_domains)."""
        history = requests.history.take(requests.history.positive)
        been = np.zeros((len(requests), len(self.domains)), bool)
        been[history.user, self.domain[history.item]] = True
        return ~been

    def _sides(self, place: int) -> tuple[Mask, Mask]:
        """Items outside a domain and those in it, (n_items,) each."""
        return self.domain != place, self.domain == place

    def _own(self, user: Ints, within: Mask) -> Observed:
        """What the users of requests are fitted with on one side, (n_requests, …); nothing for users in no table."""
        events = self.interactions.of_users(np.maximum(user, 0))
        return self._observe(events.take((user >= 0)[events.user]), within)

    def _observe(self, interactions: Interactions, within: Mask) -> Observed:
        return observe(interactions.take(within[interactions.item]), self.membership, self.half_life_days)
