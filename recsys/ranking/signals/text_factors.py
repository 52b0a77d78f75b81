"""Predecessors and popularity of an item as predicted from its text: for items without positives yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from sklearn.utils.extmath import randomized_svd

from recsys.events.interactions import Floats
from recsys.events.split import Requests
from recsys.ranking.signals.answers import ByTime, Factors
from recsys.ranking.signals.contract import Phrases, Signal, Spec
from recsys.ranking.signals.index import Index
from recsys.ranking.signals.item_to_item import LATEST, history_weights
from recsys.ranking.signals.known import Known
from recsys.ranking.signals.text_kernel import predict
from recsys.ranking.signals.transitions import transitions
from recsys.transfer.model import Profiles

TEXT_TRANSITIONS = Spec(
    "text transitions",
    "text",
    Phrases("resembles what others chose after things you know", "与他人在您熟悉的内容之后所选的相似"),
    needs_history=True,
    content_based=True,
)
TEXT_POPULARITY = Spec(
    "text popularity", "text", Phrases("others like it are popular", "同类内容受欢迎"), content_based=True
)
RANK = 64
"""Factors of the transitions between positives."""
FADE = 0.9
"""Of the latest positives over earlier positives."""


@dataclass(frozen=True)
class TextFactors:
    """Item factors predicted from texts (as in Gantner 2010, attribute-to-factor mappings)."""

    spec: Spec
    known: Floats
    """Factors of the items of a history, (n_items, rank)."""
    predicted: Index
    """Factors of the items that may come next, as their texts predict them, (n_items, rank)."""
    fade: float = FADE
    """Weight of each further step back in the history."""

    def ask(self, requests: Requests, profiles: Profiles) -> Factors:
        """Mean factor of the history's items, the latest counting most, times the predicted factors."""
        del profiles
        weights = history_weights(requests.history, self.fade, LATEST)
        size = np.maximum(np.asarray(weights.sum(axis=1)), 1.0)
        return Factors.plain(np.asarray(weights @ self.known / size, np.float32), self.predicted)


@dataclass(frozen=True)
class TextPopularity:
    """Popularity of an item, as predicted from its text."""

    predicted: Floats
    """Expected log2(1 + events), (n_items,)."""
    spec: Spec = TEXT_POPULARITY

    def ask(self, requests: Requests, profiles: Profiles) -> ByTime:
        """The same for every request."""
        del profiles
        return ByTime(self.predicted[None, :], np.zeros(len(requests), np.int32))


def fit(known: Known) -> Sequence[Signal]:
    """Predecessors and popularity of an item, from the texts of items with positives."""
    interactions, directions, seed = known.interactions, known.items.directions, known.settings.seed
    counts, readable = np.asarray(interactions.positives.sum(axis=0)).ravel(), bool(directions.any())
    links = transitions(interactions, known.settings.ranking.transition_window)
    before, following = factors(links, RANK if readable else 0, seed)
    predicted = predict(directions, np.column_stack([np.log2(1 + counts), following]).astype(np.float32), counts)
    return [
        TextFactors(TEXT_TRANSITIONS, before, Index(predicted[:, 1:])),
        TextPopularity(np.maximum(predicted[:, 0], 0.0)),
    ]


def factors(matrix: sp.csr_matrix, most: int, seed: int) -> tuple[Floats, Floats]:
    """At most so many factors of the rows and of the columns, whose products come near the matrix.

    A single factor, 0, where none are asked for or the matrix is empty.
    """
    rank = min(most, min(matrix.shape) - 1)
    if rank < 1 or not matrix.nnz:
        return tuple(np.zeros((size, 1), np.float32) for size in matrix.shape)  # type: ignore[return-value]
    left, size, right = randomized_svd(matrix, rank, n_iter=2, random_state=seed)
    root = np.sqrt(size)
    return (left * root).astype(np.float32), (right.T * root).astype(np.float32)
