"""Items that are similar to one: by who chooses both, and by their texts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy.sparse as sp

from recsys.events.interactions import Floats
from recsys.library.fitted import Fitted
from recsys.ranking.signals.item_to_item import ItemToItem

EVIDENCE = 10.0
"""Choices of an item at which behaviour and text count the same."""
TEXT, SIMILARITY = "text", "similarity"
FAMILY = "item-to-item"


def similar(fitted: Fitted, row: int, top_n: int) -> pd.DataFrame:
    """Rows of the most similar available items with their similarity and its parts, the most similar first.

    The rows are the index. Each part is in [0, 1]; similarity = (1 − a) text + a mean(other parts), a = n / (n + 10),
    where n is how often the item was chosen: the less is known of it, the more its text counts.
    """
    n_items = len(fitted.known.item_ids)
    links = {signal.spec.name: signal.links for signal in fitted.models.signals
             if isinstance(signal, ItemToItem) and signal.spec.family == FAMILY}  # fmt: skip
    parts = {name: mutual(of_items, row) for name, of_items in links.items()}
    active = [part for part in parts.values() if part.any()]
    behaviour = np.mean(active, axis=0) if active else np.zeros(n_items, np.float32)
    text = np.maximum(fitted.directions @ fitted.directions[row], 0)
    count = np.count_nonzero(fitted.known.interactions.choices.item == row)
    alpha = count / (count + EVIDENCE)
    table = pd.DataFrame({SIMILARITY: (1 - alpha) * text + alpha * behaviour, TEXT: text, **parts})
    shown = table[fitted.models.available & (np.arange(n_items) != row) & (table[SIMILARITY] > 0)]
    return shown.sort_values(SIMILARITY, ascending=False, kind="stable").head(top_n).astype("float32")


def mutual(links: sp.csr_matrix, row: int) -> Floats:
    """How strong the links between an item and each other are in both directions, (n_items,), in [0, 1].

    A link counts by its share of the strongest of the item that it comes from, and the two directions by their
    geometric mean: an item that goes with everything has a strong link from many, and returns few.

    >>> links = sp.csr_matrix(np.array([[0, 4, 4], [2, 0, 0], [1, 4, 0]], float))
    >>> mutual(links, 0).round(2).tolist()
    [0.0, 1.0, 0.5]
    """
    positive = links.maximum(0)
    strongest = np.maximum(positive.max(axis=1).toarray().ravel(), np.finfo(np.float32).tiny)
    leaving = positive[[row]].toarray().ravel() / strongest[row]
    return np.asarray(np.sqrt(leaving * positive[:, [row]].toarray().ravel() / strongest), np.float32)
