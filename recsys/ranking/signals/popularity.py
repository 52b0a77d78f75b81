"""Popularity as of the request: positives of all users, recent or all-time, and first positives of new users."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from recsys.events.interactions import Floats, Interactions
from recsys.events.split import Requests
from recsys.ranking.signals.answers import ByTime, distinct_times
from recsys.ranking.signals.contract import Phrases, Spec
from recsys.ranking.signals.known import Known
from recsys.transfer.model import Profiles
from recsys.transfer.popularity import Arrivals, Counts, introductions, not_after_all

NEW_USERS = Spec("new users' popularity", "popularity", Phrases("popular with new users", "受新用户欢迎"))
OF_THE_DAY = Spec("popularity of the day", "popularity", Phrases("popular right now", "眼下很热门"))
RECENT = Spec("recent popularity", "popularity", Phrases("popular recently", "近期热门"))
EVER = Spec("popularity", "popularity", Phrases("popular overall", "一直热门"))
DAY, FOREVER = 1.0, 36_500.0
"""Half-lives, in days; under the last nothing is forgotten."""
LATEST = 1 / 64
"""Half-life of the first positives of new users, as a share of all users: so many have to come for it to halve."""
MIN_LATEST = 10.0
"""Least half-life of it, in new users."""


@dataclass(frozen=True)
class Popular:
    """Decayed count of an item's positives before the request."""

    spec: Spec
    interactions: Interactions
    half_life: float
    """In days, or in what `clock` counts."""
    clock: Arrivals | None = None
    """Reads the time of the interactions, where that is not the day."""

    @cached_property
    def counts(self) -> Counts:
        """Decayed counts of items."""
        return Counts(self.interactions, self.half_life)

    def ask(self, requests: Requests, profiles: Profiles) -> ByTime:
        """The count as a share of that of the most popular item; the same for all requests of one time.

        A share, for what a ranker learns from some of the users must hold where there are more.
        """
        del profiles
        at = requests.at if self.clock is None else self.clock.read(requests.at)
        different, place = distinct_times(not_after_all(self.interactions, at))
        counts = self.counts.at(different)
        most = counts.max(axis=1, keepdims=True, initial=0)
        share: Floats = np.divide(counts, most, out=np.zeros_like(counts), where=most > 0)
        return ByTime(share, place)


def fit(known: Known) -> Sequence[Popular]:
    """Popularity among new users and among everybody, with short and long memories."""
    interactions = known.interactions
    return [
        latest_new_users(interactions),
        Popular(OF_THE_DAY, interactions, DAY),
        Popular(RECENT, interactions, known.settings.transfer.popularity_half_life_days),
        Popular(EVER, interactions, FOREVER),
    ]


def latest_new_users(interactions: Interactions) -> Popular:
    """First positives, halved with so many new users instead of so many days: new users are similar to the latest.

    It keeps pace with a service: where nobody came for a year, those who came before it are still the latest.
    """
    clock, first = Arrivals.of(interactions), introductions(interactions)
    counted = replace(first, day=clock.read(first.day))
    return Popular(NEW_USERS, counted, max(MIN_LATEST, LATEST * len(clock.first)), clock)
