"""What an item's text foretells of who chooses it, after what, and how many: for items that nobody has chosen yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from sklearn.utils.extmath import randomized_svd

from recsys.events.interactions import Floats, Interactions
from recsys.events.split import Requests
from recsys.ranking.retrievers.text_kernel import foretell
from recsys.ranking.retrievers.transitions import Transitions
from recsys.transfer.model import Profiles

CHOICES, FOLLOWED = 64, 256
"""Factors of who chooses an item, and of what is chosen after what."""
FADE = 0.9
"""Of the latest choices over earlier ones."""


@dataclass(frozen=True)
class TextFactors:
    """Item factors foretold from texts (as in Gantner 2010, attribute-to-factor mappings)."""

    known: Floats
    """Factors of the items of a history, (n_items, n_factors)."""
    foretold: Floats
    """Factors of the items that may come next, as their texts foretell them, (n_items, n_factors)."""
    name: str
    fade: float = FADE
    """Weight of each further step back in the history."""
    transfers: ClassVar[bool] = False

    def score(self, requests: Requests, profiles: Profiles) -> Floats:
        """Mean factor of the history's items, the latest counting most, times the foretold factors."""
        del profiles
        history = requests.history.choices
        recency = self.fade ** history.order_from_end.astype(np.float64)
        weights = sp.csr_matrix((recency, (history.user, history.item)), shape=(len(requests), history.n_items))
        size = np.maximum(np.asarray(weights.sum(axis=1)), 1.0)
        return np.asarray((weights @ self.known / size) @ self.foretold.T, np.float32)


@dataclass(frozen=True)
class TextPopularity:
    """How often an item is chosen, as its text foretells it."""

    foretold: Floats
    """Expected log2(1 + events), (n_items,)."""
    name: ClassVar[str] = "text popularity"
    transfers: ClassVar[bool] = False

    def score(self, requests: Requests, profiles: Profiles) -> Floats:
        """The same for every request."""
        del profiles
        return np.tile(self.foretold, (len(requests), 1))


def fit(
    interactions: Interactions, after: Transitions, directions: Floats, seed: int
) -> tuple[TextFactors, TextFactors, TextPopularity]:
    """Who chooses an item, what it is chosen `after`, and how often, from the texts of chosen items, (n_items, dim)."""
    counts, readable = np.asarray(interactions.positives.sum(axis=0)).ravel(), bool(directions.any())
    _, choices = factors(interactions.positives, CHOICES if readable else 0, seed)
    before, following = factors(after.links, FOLLOWED if readable else 0, seed)
    answers = np.column_stack([np.log2(1 + counts), choices, following]).astype(np.float32)
    foretold = foretell(directions, answers, counts)
    split = 1 + choices.shape[1]
    return (TextFactors(choices, foretold[:, 1:split], "text factors"),
            TextFactors(before, foretold[:, split:], "text transitions"),
            TextPopularity(np.maximum(foretold[:, 0], 0.0)))  # fmt: skip


def factors(matrix: sp.csr_matrix, most: int, seed: int) -> tuple[Floats, Floats]:
    """At most so many factors of the rows and of the columns, whose products come near the matrix.

    A single one, 0, where none are asked for or the matrix is empty.
    """
    rank = min(most, min(matrix.shape) - 1)
    if rank < 1 or not matrix.nnz:
        return tuple(np.zeros((size, 1), np.float32) for size in matrix.shape)  # type: ignore[return-value]
    left, size, right = randomized_svd(matrix, rank, random_state=seed)
    root = np.sqrt(size)
    return (left * root).astype(np.float32), (right.T * root).astype(np.float32)
