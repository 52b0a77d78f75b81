"""Drift: how far a user's latest choices lie from all of theirs, and how short a memory that calls for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from recsys.events.interactions import Floats, Interactions

Numbers = npt.NDArray[np.float64]

RECENT = 10
"""Latest positive events that stand for a user's taste of late, and half-life of the shortest memory, in events."""
LEAST = 2 * RECENT
"""Positive events below which no drift is looked for: the latest would be most of all there are."""
ORDERS = 39
"""Random orders of a user's own events that the real one must exceed: by chance, one user in 40 does."""
FULL = 0.4
"""Drift from which on memory is as short as it gets."""
ROUNDING = 1e-6


def drift(interactions: Interactions, membership: Floats, half_life_days: float) -> Floats:
    """How far the latest `RECENT` positive events lie from the long-term distribution, (n_users,), in [0, 1].

    Their distance d, corrected for chance as Hubert & Arabie (1985) do: (d - E) / (1 - E), E being its mean over
    `ORDERS` random orders of the user's own events. It is 0 where one of these orders comes as far (a permutation test
    at 1 in 40), and with fewer than `LEAST` positive events.

    >>> ints, ones = lambda *x: np.array(x, np.int32), np.ones(70, np.float32)
    >>> turned = Interactions(ints(*[0] * 70), ints(*[0] * 50 + [1] * 20), ones, np.arange(70.0), 1, 2)
    >>> drift(turned, np.eye(2, dtype=np.float32), half_life_days=365).astype(float).round(1).tolist()
    [0.7]
    """
    chosen, found = interactions.take(interactions.positive), np.zeros(interactions.n_users, np.float32)
    users = np.flatnonzero(np.diff(chosen.starts) >= LEAST).astype(np.int32)
    chosen = chosen.of_users(users)
    real = _distances(chosen, membership, half_life_days)
    chance = np.zeros(len(users))
    for order in range(ORDERS):
        shuffled = _distances(_shuffled(chosen, order), membership, half_life_days)
        left = np.flatnonzero(real > shuffled + ROUNDING).astype(np.int32)
        chosen, users, real = chosen.of_users(left), users[left], real[left]
        chance = chance[left] + shuffled[left] / ORDERS
    found[users] = (real - chance) / (1 - chance)
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
    halves = [one * np.log2(np.divide(one, between, out=np.ones_like(one), where=one > 0)) for one in (some, others)]
    return np.asarray(np.sqrt(np.clip((halves[0] + halves[1]).sum(axis=1) / 2, 0, 1)))


def _distances(chosen: Interactions, membership: Floats, half_life_days: float) -> Numbers:
    """Distance of each user's latest events from all of them, (n_users,); every event is positive."""
    age = chosen.last_day[chosen.user] - chosen.day
    long = _mean(chosen, np.exp2(-age / half_life_days), membership)
    return distance(_mean(chosen, (chosen.order_from_end < RECENT).astype(float), membership), long)


def _mean(chosen: Interactions, share: Numbers, membership: Floats) -> Numbers:
    shape = (chosen.n_users, chosen.n_items)
    total = sp.csr_matrix((chosen.weight * share, chosen.item, chosen.starts), shape=shape) @ membership
    return np.asarray(total / np.maximum(total.sum(axis=1, keepdims=True), 1e-30))


def _shuffled(chosen: Interactions, order: int) -> Interactions:
    """The same choices at the same times in another order, which is a user's own: others around make no difference."""
    most = int(np.diff(chosen.starts).max(initial=0))
    keys = np.random.default_rng(order).random(most)
    places = np.lexsort((keys[chosen.order_from_start], chosen.user))
    return replace(chosen, item=chosen.item[places], weight=chosen.weight[places])
