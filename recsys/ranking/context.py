"""Facts of requests and items that the ranker sees besides the scores of signals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recsys.events.interactions import Floats, Interactions, Ints
from recsys.events.split import Requests
from recsys.ranking.signals.answers import cells
from recsys.transfer.model import Profiles

ALPHA = "alpha"
CONTEXT = ("evidence", "events", "recency", "events in domain", ALPHA, "item age", "item events")
"""Facts, by the name of their column."""


@dataclass(frozen=True)
class ItemFacts:
    """What is known of items without regard to a user."""

    first_day: npt.NDArray[np.float64]
    """Day of an item's first event, (n_items,); inf without events."""
    events: Ints
    """(n_items,)."""
    domain: Ints
    """(n_items,)."""
    timed: bool = True
    """False: an order stands in for days, and does not measure how long a user has been away."""


@dataclass(frozen=True)
class RequestFacts:
    """What is known of requests; the rows of all arrays are requests."""

    positives: Ints
    """Positives of the history."""
    away: Floats
    """Days since the latest weighted interaction; -1 without any, 0 where an order stands in for days."""
    in_domain: Ints
    """Positives of the history by domain, (n_requests, n_domains)."""

    def take(self, rows: Ints) -> RequestFacts:
        """Some of the requests."""
        return RequestFacts(self.positives[rows], self.away[rows], self.in_domain[rows])

    @staticmethod
    def concatenate(parts: Sequence[RequestFacts]) -> RequestFacts:
        """Several groups of requests, concatenated."""
        return RequestFacts(
            *(np.concatenate([getattr(part, name) for part in parts]) for name in ("positives", "away", "in_domain"))
        )


def item_facts(interactions: Interactions, domain: Ints, timed: bool = True) -> ItemFacts:
    """First day and number of events of each item; `domain` is that of each, (n_items,)."""
    first = np.full(interactions.n_items, np.inf)
    np.minimum.at(first, interactions.item, interactions.day)
    events = np.bincount(interactions.item, minlength=interactions.n_items).astype(np.int32)
    return ItemFacts(first, events, domain, timed)


def request_facts(requests: Requests, facts: ItemFacts) -> RequestFacts:
    """What is known of each request."""
    positives = requests.history.first_positives
    in_domain = np.zeros((len(requests), int(facts.domain.max(initial=0)) + 1), np.int32)
    np.add.at(in_domain, (positives.user, facts.domain[positives.item]), 1)
    away = requests.at - requests.history.last_day
    seen = np.isfinite(away)
    days = np.where(seen, np.where(seen & facts.timed, np.maximum(away, 0), 0), -1.0).astype(np.float32)
    return RequestFacts(in_domain.sum(axis=1, dtype=np.int32), days, in_domain)


def context(
    request: Ints, item: Ints, requests: Requests, profiles: Profiles, facts: ItemFacts, asked: RequestFacts
) -> list[Floats]:
    """The facts of each pair in the order of `CONTEXT`, (n_pairs,) each; counts and days as log(1 + x), -1: unknown.

    Who asks in the middle of a session wants what continues it, a user who returns on another day something else.
    """
    age = requests.at.take(request) - facts.first_day.take(item)
    return [
        np.log1p(profiles.observed.evidence).take(request),
        np.log1p(asked.positives).take(request),
        np.where(asked.away >= 0, np.log1p(np.maximum(asked.away, 0)), -1.0).take(request),
        cells(np.log1p(asked.in_domain), request, facts.domain.take(item)),
        profiles.alpha.take(request),
        np.where(age >= 0, np.log1p(np.maximum(age, 0)), -1.0),
        np.log1p(facts.events).take(item),
    ]
