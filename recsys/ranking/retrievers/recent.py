"""Popularity as of the request: what everybody chooses, of late or at all, and what those choose who have just come."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from recsys.events.interactions import Floats, Interactions
from recsys.events.split import Requests
from recsys.transfer.model import Profiles
from recsys.transfer.popularity import Arrivals, introductions, not_after_all, popularity

LATEST = 1 / 64
"""Half-life of what the latest newcomers chose, as a share of all users: so many have to come for it to halve."""
FEWEST = 10.0
"""Least half-life of it, in newcomers."""


@dataclass(frozen=True)
class Popular:
    """Decayed count of an item's choices before the request."""

    interactions: Interactions
    half_life: float
    """In days, or in what `clock` tells."""
    name: str
    clock: Arrivals | None = None
    """Tells the time of the interactions, where that is not the day."""
    transfers: ClassVar[bool] = False

    def score(self, requests: Requests, profiles: Profiles) -> Floats:
        """The count as a share of that of the most popular item; the same for all requests of one moment.

        A share, for what a ranker learns from some of the users must hold where there are more.
        """
        del profiles
        at = requests.at if self.clock is None else self.clock.read(requests.at)
        moments, places = np.unique(not_after_all(self.interactions, at), return_inverse=True)
        counts = popularity(self.interactions, moments, self.half_life)
        most = counts.max(axis=1, keepdims=True, initial=0)
        share: Floats = np.divide(counts, most, out=np.zeros_like(counts), where=most > 0)
        return share[places]


def latest_newcomers(interactions: Interactions) -> Popular:
    """What people chose first, halved with so many newcomers instead of so many days: who comes next is most like them.

    It keeps pace with a service: where nobody came for a year, those who came before it are still the latest.
    """
    clock, first = Arrivals.of(interactions), introductions(interactions)
    told = replace(first, day=clock.read(first.day))
    return Popular(told, max(FEWEST, LATEST * len(clock.first)), "newcomers' popularity", clock)
