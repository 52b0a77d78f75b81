"""Signals that lead from the items of a history to others, over links kept for each item."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from recsys.events.interactions import Interactions, Ints
from recsys.events.split import Requests
from recsys.ranking.signals.answers import Sparse
from recsys.ranking.signals.contract import Contributors, Spec
from recsys.transfer.model import Profiles

KEPT = 200
"""Links kept for an item, those of highest absolute weight: a request costs its history times this."""
LATEST = 100
"""Latest positives of a history that are read."""
NAMED = 30
"""Latest positives among which contributors to an item are looked for."""
CONTRIBUTORS = 4
"""Of these, how many."""


@dataclass(frozen=True)
class ItemToItem:
    """Scores Σ_h fade^age(h) · links[h, i] over the latest positives h of a history, age counted in positives."""

    spec: Spec
    links: sp.csr_matrix
    """Weight from an item of the history (row) to an item (column), (n_items, n_items)."""
    fade: float = 1.0
    """Weight of each further step back in the history."""
    every_event: bool = False
    """True: read from all events of a history, negatives included."""
    latest: int = LATEST

    def ask(self, requests: Requests, profiles: Profiles) -> Sparse:
        """Sums of the links of each history."""
        del profiles
        return self.of(requests.history)

    def of(self, history: Interactions) -> Sparse:
        """Sums of the links of each user's events."""
        weights = history_weights(self._read(history), self.fade, self.latest)
        return Sparse(sp.csr_matrix(weights @ self.links))

    def because(self, requests: Requests, request: Ints, item: Ints) -> Contributors:
        """The items of the history with the strongest links to each item, the latest of equals first."""
        history = latest_items(self._read(requests.history), NAMED)[request]
        pull = np.asarray(self.links[history.ravel(), np.repeat(item, NAMED)], np.float32).reshape(history.shape)
        other = (history >= 0) & (history != item[:, None])
        pull = np.where(other, pull * self.fade ** np.arange(NAMED, dtype=np.float32), 0)
        places = np.argsort(-pull, axis=1, kind="stable")[:, :CONTRIBUTORS]
        strongest_pull = np.take_along_axis(pull, places, axis=1)
        found = np.where(strongest_pull > 0, np.take_along_axis(history, places, axis=1), -1)
        return Contributors(found.astype(np.int32), np.maximum(strongest_pull, 0))

    def _read(self, history: Interactions) -> Interactions:
        return attended(history) if self.every_event else history


def attended(interactions: Interactions) -> Interactions:
    """The events with a weight of 1 each: what a user has looked at, liked or not."""
    return replace(interactions, weight=np.ones_like(interactions.weight))


def history_weights(history: Interactions, fade: float, latest: int) -> sp.csr_matrix:
    """`fade` to the power of the positives after it, for the `latest` positives of each history, (n, n_items)."""
    positives = history.first_positives
    kept = positives.order_from_end < latest
    weight = (fade ** positives.order_from_end[kept].astype(np.float64)).astype(np.float32)
    shape = (history.n_users, history.n_items)
    return sp.csr_matrix((weight, (positives.user[kept], positives.item[kept])), shape=shape)


def latest_items(history: Interactions, count: int) -> Ints:
    """Items of the latest `count` positives of each history, the latest first, (n, count); -1 for none."""
    positives = history.first_positives
    kept = positives.order_from_end < count
    latest = np.full((history.n_users, count), -1, np.int32)
    latest[positives.user[kept], positives.order_from_end[kept]] = positives.item[kept]
    return latest


def strongest(links: sp.csr_matrix, kept: int = KEPT) -> sp.csr_matrix:
    """The `kept` links of highest absolute weight of each row; ties go to the first.

    >>> strongest(sp.csr_matrix(np.array([[1.0, -3.0, 2.0], [0.0, 1.0, 0.0]])), 2).toarray().tolist()
    [[0.0, -3.0, 2.0], [0.0, 1.0, 0.0]]
    """
    links = sp.csr_matrix(links)
    links.sort_indices()
    strength = np.abs(links.data)
    selected = np.ones(len(strength), bool)
    for row in np.flatnonzero(np.diff(links.indptr) > kept):
        start, end = links.indptr[row], links.indptr[row + 1]
        selected[start:end] = False
        selected[start + np.argsort(-strength[start:end], kind="stable")[:kept]] = True
    ends = np.concatenate([[0], np.cumsum(selected)])[links.indptr]
    return sp.csr_matrix((links.data[selected].astype(np.float32), links.indices[selected], ends), shape=links.shape)
