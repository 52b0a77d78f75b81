"""From all other domains into one: examples of the two domain-aware peers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from benchmarks.quality.here import Scores
from benchmarks.quality.neighbours import rarity
from recsys.events.interactions import Floats, Interactions, Ints
from recsys.events.split import Requests


@dataclass(frozen=True)
class Passage:
    """Users with positives in a domain and in other domains, as both sides."""

    users: Ints
    """(n_both,)."""
    sources: sp.csr_matrix
    """Their positives in other domains, weighted by the item's inverse document frequency, (n_both, n_items)."""
    items: Ints
    """Items of the domain, (n_inside,)."""
    positives: sp.csr_matrix
    """Their positives in the domain, (n_both, n_inside)."""
    weights: sp.dia_matrix
    """The inverse document frequencies, 0 within the domain, (n_items, n_items)."""

    def read(self, history: Interactions) -> sp.csr_matrix:
        """The same view of the source side of other histories, (n_requests, n_items)."""
        return sp.csr_matrix(history.positives @ self.weights)


Learnt = Callable[[sp.csr_matrix, Ints], Floats]
"""Scores of a domain's items, (n_requests, n_inside), for source sides and rows of users (-1 for unknown users)."""


def passages(known: Interactions, domain: Ints) -> Iterator[Passage]:
    """The passage into each domain shared by users of other domains; `domain` is that of each item."""
    positives, rare = known.positives, rarity(known.positives.T)
    for place in np.unique(domain):
        inside = domain == place
        weights = sp.diags(np.where(inside, 0.0, rare).astype(np.float32))
        sources, items = sp.csr_matrix(positives @ weights), np.flatnonzero(inside).astype(np.int32)
        sources.eliminate_zeros()
        both = (np.diff(sources.indptr) > 0) & (np.diff(positives[:, items].indptr) > 0)
        users = np.flatnonzero(both).astype(np.int32)
        if len(users):
            yield Passage(users, sources[users], items, positives[users][:, items], weights)


def fit(known: Interactions, domain: Ints, learn: Callable[[Passage], Learnt]) -> Scores:
    """Scores of the items of each domain, from positives in all others."""
    learnt = [(passage, learn(passage)) for passage in passages(known, domain)]

    def scores(requests: Requests) -> Floats:
        found = np.zeros((len(requests), known.n_items), np.float32)
        for passage, answer in learnt:
            found[:, passage.items] = answer(passage.read(requests.history), requests.user)
        return found

    return scores
