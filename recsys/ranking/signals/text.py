"""Items whose texts are similar to those of the history: what an item without any event can be found by."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from recsys.events.interactions import Floats
from recsys.ranking.signals.contract import Phrases, Spec
from recsys.ranking.signals.index import Index
from recsys.ranking.signals.item_to_item import ItemToItem, strongest
from recsys.ranking.signals.known import Known

TEXT = Spec(
    "text", "text", Phrases("described like {title}", "介绍与{title}相近"), needs_history=True, content_based=True
)
SIMILAR = 64
"""Most similar items kept for each."""
LATEST = 30
"""Positives of a history that are read."""
POWER = 4
"""Of the cosine: near the maximum over the history, yet with ties broken."""
AT_ONCE = 64
"""Items whose similar items are looked for at once."""


def fit(known: Known) -> list[ItemToItem]:
    """Σ_h cos(x_i, x_h)⁴ over the latest items h of the history."""
    return [ItemToItem(TEXT, sp.csr_matrix(known.text_links.power(POWER)), latest=LATEST)]


def similar_texts(directions: Floats) -> sp.csr_matrix:
    """Cosine to the `SIMILAR` most similar others, (n_items, n_items), those above 0.

    `directions` are centred features, (n_items, dim), rows of length 1 or 0.
    """
    index, everything = Index(directions), np.ones(len(directions), bool)
    parts = []
    for start in range(0, len(directions), AT_ONCE):
        block = directions[start : start + AT_ONCE]
        row, item, _ = index.search(block, SIMILAR + 1, everything)
        cosine = np.einsum("ij,ij->i", block.take(row, axis=0), index.vectors.take(item, axis=0))
        kept = (item != row + start) & (cosine > 0) & np.any(block, axis=1)[row]
        links = (cosine[kept].astype(np.float32), (row[kept], item[kept]))
        parts.append(strongest(sp.csr_matrix(links, shape=(len(block), len(directions))), SIMILAR))
    return sp.csr_matrix(sp.vstack(parts)) if parts else sp.csr_matrix((0, 0), dtype=np.float32)
