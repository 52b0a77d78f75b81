"""Drift: how far a user's latest positives lie from all of theirs, and how short a memory that calls for."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from recsys.events.interactions import Floats, Interactions, Ints

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

RECENT = 10
"""Latest positive events that stand for a user's recent taste, and half-life of the shortest memory, in events."""
MIN_EVENTS = 2 * RECENT
"""Positive events below which no drift is looked for: the latest would be most of all there are."""
ORDERS = 39
"""Random orders of a user's own events that the real order must exceed: by chance, 1 user in 40 does."""
FULL = 0.4
"""Drift from which on memory is as short as it gets."""
ROUNDING = 1e-6
BATCH = 4096
"""Users that are looked at together."""


def drift(interactions: Interactions, membership: Floats, half_life_days: float) -> Floats:
    """How far the latest `RECENT` positive events lie from the long-term distribution, (n_users,), in [0, 1].

    Their distance d, corrected for chance as Hubert & Arabie (1985) do: (d - E) / (1 - E), E being its mean over
    `ORDERS` random orders of the user's own events. It is 0 where one of these orders comes as far (a permutation test
    at 1 in 40), and with fewer than `MIN_EVENTS` positive events.

    >>> ints, ones = lambda *x: np.array(x, np.int32), np.ones(70, np.float32)
    >>> turned = Interactions(ints(*[0] * 70), ints(*[0] * 50 + [1] * 20), ones, np.arange(70.0), 1, 2)
    >>> drift(turned, np.eye(2, dtype=np.float32), half_life_days=365).astype(float).round(1).tolist()
    [0.7]
    """
    positives, found = interactions.take(interactions.positive), np.zeros(interactions.n_users, np.float32)
    share = np.exp2(-(positives.last_day[positives.user] - positives.day) / half_life_days)
    histories, weights = _Histories(positives.item, positives.weight, share, positives.starts), membership.astype(float)
    users = np.flatnonzero(np.diff(positives.starts) >= MIN_EVENTS)
    for rows in (users[start : start + BATCH] for start in range(0, len(users), BATCH)):
        found[rows] = _drift(histories.of(rows), weights)
    return found


def memory(drift: Floats) -> Floats:
    """Half-life of each user's memory in events, `RECENT` / min(1, drift / FULL); infinite without drift, (n_users,).

    In events, since those who turn do so within a session as well as within years: half-lives in days lose.

    >>> memory(np.array([0.0, 0.2, 0.4, 1.0], np.float32)).tolist()
    [inf, 20.0, 10.0, 10.0]
    """
    turned = np.minimum(drift / FULL, 1, dtype=float)
    return np.asarray(np.divide(RECENT, turned, out=np.full(len(drift), np.inf), where=turned > 1e-6), np.float32)


def distance(some: Numbers, others: Numbers) -> Numbers:
    """Jensen-Shannon distance of distributions row by row, (n,), in [0, 1].

    The root of the divergence to base 2, ½ KL(p‖m) + ½ KL(q‖m) with m = (p + q) / 2 (Lin 1991, eq. 3.2; that its root
    is a metric: Endres & Schindelin 2003).

    >>> distance(np.array([[1.0, 0.0], [0.5, 0.5]]), np.array([[0.0, 1.0], [0.5, 0.5]])).tolist()
    [1.0, 0.0]
    """
    between = (some + others) / 2
    halves = [
        side * np.log2(np.divide(side, between, out=np.ones_like(side), where=side > 0)) for side in (some, others)
    ]
    return np.asarray(np.sqrt(np.clip((halves[0] + halves[1]).sum(axis=1) / 2, 0, 1)))


@dataclass(frozen=True)
class _Histories:
    """Positive events of some users, one history after another; all arrays but `starts` are (n_events,)."""

    item: Ints
    weight: Floats
    share: Numbers
    """What age leaves of a weight. It stays in its place when the events are put in another order."""
    starts: Places
    """Place of each user's first event, and the end, (n_users + 1,)."""

    def of(self, rows: Places) -> _Histories:
        """The histories of some of the users."""
        counts = np.diff(self.starts)[rows]
        starts = np.concatenate([[0], np.cumsum(counts)])
        places = np.repeat(self.starts[rows] - starts[:-1], counts) + np.arange(starts[-1])
        return _Histories(self.item[places], self.weight[places], self.share[places], starts)

    def shuffled(self, order: int) -> _Histories:
        """The events in another order, which is a user's own: others around make no difference."""
        counts = np.diff(self.starts)
        most = int(counts.max(initial=0))
        rank = np.argsort(np.argsort(np.random.default_rng(order).random(most)))
        within = np.arange(len(self.item)) - np.repeat(self.starts[:-1], counts)
        places = np.argsort(np.repeat(np.arange(len(counts)) * most, counts) + rank[within])
        return replace(self, item=self.item[places], weight=self.weight[places])


def _drift(histories: _Histories, membership: Numbers) -> Numbers:
    real = _distances(histories, membership)
    users, chance, found = np.arange(len(real)), np.zeros(len(real)), np.zeros(len(real))
    for order in range(ORDERS):
        shuffled = _distances(histories.shuffled(order), membership)
        left = np.flatnonzero(real > shuffled + ROUNDING)
        histories, users, real = histories.of(left), users[left], real[left]
        chance = chance[left] + shuffled[left] / ORDERS
        if not len(users):
            break
    found[users] = (real - chance) / (1 - chance)
    return found


def _distances(histories: _Histories, membership: Numbers) -> Numbers:
    """Distance of each user's latest events from all of them, (n_users,); every user has `RECENT` and more."""
    latest = (histories.starts[1:, None] + np.arange(-RECENT, 0)).ravel()
    recent = _mean(histories.weight[latest], histories.item[latest], np.arange(0, len(latest) + 1, RECENT), membership)
    return distance(recent, _mean(histories.weight * histories.share, histories.item, histories.starts, membership))


def _mean(weight: Numbers, item: Ints, starts: Places, membership: Numbers) -> Numbers:
    """Weighted mean of what the items of each user are of, (n_users, n_interests)."""
    total = sp.csr_matrix((weight, item, starts), shape=(len(starts) - 1, len(membership))) @ membership
    return np.asarray(total / np.maximum(total.sum(axis=1, keepdims=True), 1e-30))
