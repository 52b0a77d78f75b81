"""Candidates and what the ranker sees of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recsys.events.interactions import Floats, Interactions, Ints, Mask
from recsys.events.split import Requests
from recsys.ranking.retrievers.contract import Retriever
from recsys.transfer.model import Profiles

STANDING = " standing"
EVENTS = "events"
DOMAIN_EVENTS = "events in domain"
ALPHA = "alpha"
ITEM_EVENTS = "item events"
RECENCY = "recency"
CONTEXT = ("evidence", EVENTS, RECENCY, DOMAIN_EVENTS, ALPHA, "item age", ITEM_EVENTS)
"""Features of the user and the item besides the retrievers' scores."""

BELOW = -1e-6
"""Standing of what ties with a retriever's last nominee and is none itself."""
DECIMALS = 5
"""Of a retriever's score: sums in groups of another size differ in later ones, and must not change a list."""


@dataclass(frozen=True)
class Candidates:
    """Items nominated for requests, sorted by request, then item; the rows of all arrays are candidates."""

    request: Ints
    item: Ints
    features: Floats
    """(n_candidates, n_features)."""
    names: tuple[str, ...]
    """Name of each feature: "<retriever>", "<retriever> standing", or one of `CONTEXT`."""
    transfers: Mask
    """Whether a feature comes from transfer, (n_features,)."""
    n_requests: int

    def without_transfer(self) -> Candidates:
        """The candidates and features that the no-transfer arm has: its own nominations, no donor's word."""
        kept = self.take(self.own)
        names = tuple(name for name, gone in zip(self.names, self.transfers, strict=True) if not gone)
        left = ~self.transfers
        return Candidates(kept.request, kept.item, kept.features[:, left], names, self.transfers[left], self.n_requests)

    @property
    def own(self) -> Mask:
        """Candidates that a retriever without donors named, or that only fill up, (n_candidates,)."""
        standings = [place for place, name in enumerate(self.names) if name.endswith(STANDING)]
        alone = [place for place in standings if not self.transfers[place]]
        return self._nominated(alone) | ~self._nominated(standings)

    def _nominated(self, standings: Sequence[int]) -> Mask:
        """Where one of the retrievers with these standings nominated the candidate itself."""
        places = np.array(standings, int)
        return np.asarray(((self.features[:, places] >= 0) & (self.features[:, places - 1] > 0)).any(axis=1))

    def take(self, chosen: Mask | Ints) -> Candidates:
        """Some of the candidates."""
        return Candidates(self.request[chosen], self.item[chosen], self.features[chosen], self.names, self.transfers,
                          self.n_requests)  # fmt: skip


@dataclass(frozen=True)
class ItemFacts:
    """What is known of items without regard to a user."""

    first_day: npt.NDArray[np.float64]
    """Day of an item's first event, (n_items,); inf without one."""
    events: Ints
    """(n_items,)."""
    domain: Ints
    """(n_items,)."""
    timed: bool = True
    """False: an order stands in for days, and says nothing of how long anybody has been away."""


def item_facts(interactions: Interactions, domain: Ints, timed: bool = True) -> ItemFacts:
    """First day and number of events of each item; `domain` is that of each, (n_items,)."""
    first = np.full(interactions.n_items, np.inf)
    np.minimum.at(first, interactions.item, interactions.day)
    events = np.bincount(interactions.item, minlength=interactions.n_items).astype(np.int32)
    return ItemFacts(first, events, domain, timed)


def nominate(
    retrievers: Sequence[Retriever], requests: Requests, profiles: Profiles, facts: ItemFacts,
    available: Mask, most: int, least: int,
) -> Candidates:  # fmt: skip
    """The `most` best unseen, available items of each retriever, with features from all of them.

    A request with fewer than `least` candidates is filled up with the items of most events.
    """
    closed = np.asarray(requests.history.seen.todense(), dtype=bool) | ~available
    scores = [np.where(closed, -np.inf, np.round(one.score(requests, profiles), DECIMALS)) for one in retrievers]
    best = [_best(score, most) for score in scores]
    chosen = np.zeros(closed.shape, bool)
    for score, places in zip(scores, best, strict=True):
        row, place = np.nonzero(np.take_along_axis(score, places, axis=1) > 0)
        chosen[row, places[row, place]] = True
    _fill(chosen, closed, facts.events, least)
    request, item = (part.astype(np.int32) for part in np.nonzero(chosen))
    columns = [
        column for score, places in zip(scores, best, strict=True) for column in _columns(score, places, request, item)
    ]
    columns += _context(request, item, requests, profiles, facts)
    names = tuple(name for one in retrievers for name in (one.name, one.name + STANDING)) + CONTEXT
    transfers = [one.transfers for one in retrievers for _ in range(2)] + [name == ALPHA for name in CONTEXT]
    features = np.stack(columns, axis=1).astype(np.float32)
    return Candidates(request, item, features, names, np.array(transfers), len(requests))


def concatenate(parts: Sequence[Candidates]) -> Candidates:
    """Candidates of several groups of requests, numbered through."""
    starts = np.cumsum([0, *(part.n_requests for part in parts)])
    request = np.concatenate([part.request + start for part, start in zip(parts, starts, strict=False)])
    item, features = (np.concatenate([getattr(part, name) for part in parts]) for name in ("item", "features"))
    return Candidates(request.astype(np.int32), item, features, parts[0].names, parts[0].transfers, int(starts[-1]))


def _best(score: Floats, most: int) -> Ints:
    most = min(most, score.shape[1])
    return np.argpartition(-score, most - 1, axis=1)[:, :most].astype(np.int32)


def _fill(chosen: Mask, closed: Mask, events: Ints, least: int) -> None:
    by_events = np.argsort(-events, kind="stable")
    for row in np.flatnonzero(chosen.sum(axis=1) < least):
        chosen[row, by_events[~closed[row, by_events]][:least]] = True


def _columns(score: Floats, best: Ints, request: Ints, item: Ints) -> list[Floats]:
    """The score, and where it stands between the request's last nominee (0) and its first (1); at least -1.

    What ties with the last nominee and is none stands just below it.
    """
    raw, named = score[request, item], np.zeros(score.shape, bool)
    np.put_along_axis(named, best, True, axis=1)
    nominees = np.take_along_axis(score, best, axis=1)
    last = nominees.min(axis=1, where=np.isfinite(nominees), initial=np.inf)
    top, last = (np.where(np.isfinite(end), end, 0.0)[request] for end in (nominees.max(axis=1), last))
    spread = top - last
    standing = np.divide(raw - last, spread, out=np.zeros_like(raw), where=spread > 0)
    return [raw, np.maximum(np.where(named[request, item], standing, np.minimum(standing, BELOW)), -1.0)]


def _context(request: Ints, item: Ints, requests: Requests, profiles: Profiles, facts: ItemFacts) -> list[Floats]:
    age = requests.at[request] - facts.first_day[item]
    return [
        np.log1p(profiles.observed.evidence)[request],
        np.log1p(profiles.observed.events)[request],
        _recency(requests, facts.timed)[request],
        np.log1p(_in_domains(requests, facts.domain)[request, facts.domain[item]]),
        profiles.alpha[request],
        np.where(age >= 0, np.log1p(np.maximum(age, 0)), -1.0).astype(np.float32),
        np.log1p(facts.events[item]),
    ]


def _recency(requests: Requests, timed: bool) -> Floats:
    """Log of 1 + the days since each user's latest event that weighs something, (n_requests,); -1 without one.

    Who asks in the middle of a session wants what goes on with it, who comes back another day something else.
    """
    away = requests.at - requests.history.last_day
    seen = np.isfinite(away)
    return np.where(seen, np.log1p(np.where(seen & timed, np.maximum(away, 0), 0)), -1.0).astype(np.float32)


def _in_domains(requests: Requests, domain: Ints) -> Floats:
    """Positive events of each request's history by domain, (n_requests, n_domains)."""
    chosen = requests.history.choices
    counts = np.zeros((len(requests), int(domain.max(initial=0)) + 1), np.float32)
    np.add.at(counts, (chosen.user, domain[chosen.item]), 1)
    return counts
