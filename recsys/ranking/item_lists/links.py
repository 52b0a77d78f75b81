"""What leads from an item to others: co-occurrence, order and text, as fitted signals hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from recsys.events.interactions import Interactions, Ints, Mask
from recsys.ranking.signals import ease, text, transitions
from recsys.ranking.signals.answers import best
from recsys.ranking.signals.contract import Nominees, Signal
from recsys.ranking.signals.item_to_item import ItemToItem
from recsys.settings import RankingSettings

BEHAVIOUR = "item-to-item"
"""Family of the signals whose links come from who interacts with both items."""


@dataclass(frozen=True)
class Links:
    """Links between items, (n_items, n_items) each, and how much is known of each item."""

    behaviour: Mapping[str, sp.csr_matrix]
    """By signal: weight from an item (row) to another (column)."""
    text: sp.csr_matrix
    """Cosine to the most similar texts."""
    positives: Ints
    """Positives with each item, (n_items,)."""
    followers: Ints
    """Positives with each item after which the same user has another, (n_items,)."""

    @property
    def following(self) -> sp.csr_matrix:
        """Weight of positives soon after an item."""
        return self.behaviour[transitions.TRANSITIONS.name]


def links_of(signals: Sequence[Signal], interactions: Interactions) -> Links:
    """The links of signals that were fitted on these interactions."""
    found = [signal for signal in signals if isinstance(signal, ItemToItem)]
    behaviour = {signal.spec.name: signal.links for signal in found if signal.spec.family == BEHAVIOUR}
    powers = next(signal.links for signal in found if signal.spec == text.TEXT)
    return _links(behaviour, sp.csr_matrix(powers.power(1 / text.POWER)), interactions)


def fit(interactions: Interactions, text_links: sp.csr_matrix, ranking: RankingSettings) -> Links:
    """The links that know `interactions` alone; `text_links` are those of `World`."""
    found = [ease.of(interactions, ranking.ease_l2), *transitions.of(interactions, ranking.transition_window)]
    return _links({signal.spec.name: signal.links for signal in found}, text_links, interactions)


def _links(behaviour: Mapping[str, sp.csr_matrix], cosine: sp.csr_matrix, interactions: Interactions) -> Links:
    positives = interactions.first_positives
    counts = (
        np.bincount(item, minlength=interactions.n_items).astype(np.int32)
        for item in (positives.item, positives.item[positives.order_from_end > 0])
    )
    return Links(behaviour, cosine, *counts)


def shares(links: sp.csr_matrix) -> sp.csr_matrix:
    """Positive links as shares of the strongest of their row, in [0, 1].

    >>> shares(sp.csr_matrix(np.array([[0, 4, 2], [-1, 0, 0]], float))).toarray().tolist()
    [[0.0, 1.0, 0.5], [0.0, 0.0, 0.0]]
    """
    positive = sp.csr_matrix(links.maximum(0), dtype=np.float32)
    most = np.maximum(positive.max(axis=1).toarray().ravel(), np.finfo(np.float32).tiny)
    return sp.csr_matrix(sp.diags(1 / most) @ positive, dtype=np.float32)


def strongest_items(scores: sp.csr_matrix, rows: Ints, available: Mask, top_n: int) -> Nominees:
    """The `top_n` available items of highest score above 0 for each item of `rows`, the highest first; never itself.

    `scores` are (n_rows, n_items). Of equal scores, the first items.
    """
    row = np.repeat(np.arange(len(rows), dtype=np.int32), np.diff(scores.indptr))
    shown = available[scores.indices] & (scores.indices != rows[row]) & (scores.data > 0)
    found = best(row[shown], scores.indices[shown], scores.data[shown].astype(np.float32), top_n, len(rows))
    order = np.lexsort((found.item, -found.score, found.request))
    return Nominees(found.request[order], found.item[order], found.score[order])
