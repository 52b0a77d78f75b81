"""Items that are similar to an item, by who interacts with both and by their texts; and what often follows an item."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from recsys.events.interactions import Floats, Ints, Mask
from recsys.ranking.item_lists.links import Links, shares, strongest_items
from recsys.ranking.signals.contract import Nominees

TEXT, SIMILARITY = "text", "similarity"
MIN_FOLLOWERS = 5
"""Positives with an item that another of the same user follows, below which what follows it may be chance."""


@dataclass(frozen=True)
class Blend:
    """How much behaviour counts beside text."""

    share: float = 0.9
    """Weight of behaviour for an item of which everything is known, in [0, 1]."""
    evidence: float = 3.0
    """Positives with an item at which behaviour weighs half of that."""

    def weight(self, positives: Ints) -> Floats:
        """Weight of behaviour for items with so many positives, `share · n / (n + evidence)`, (n_items,).

        >>> Blend(0.8, 3.0).weight(np.array([0, 1, 3], np.int32)).astype(float).round(2).tolist()
        [0.0, 0.2, 0.4]
        """
        return np.asarray(self.share * positives / (positives + self.evidence), np.float32)


def similarity(links: Links, blend: Blend, rows: Ints) -> sp.csr_matrix:
    """Similarity of the items of `rows` to all others, in [0, 1], (n_rows, n_items).

    `(1 − a) text + a mean(behaviour)`: the cosine of the texts, the links of each signal as shares of the item's
    strongest, and a the weight of the blend. Without any positive a is 0, so a new item is compared by its text alone.
    """
    weight = blend.weight(links.positives[rows])
    parts = [shares(of_items[rows]) for of_items in links.behaviour.values()]
    behaviour = sum(parts[1:], parts[0]) / np.float32(len(parts))
    return sp.csr_matrix(sp.diags(weight) @ behaviour + sp.diags(1 - weight) @ links.text[rows], dtype=np.float32)


def similar(links: Links, blend: Blend, rows: Ints, available: Mask, top_n: int) -> Nominees:
    """The available items most similar to each of `rows`, the most similar first."""
    return strongest_items(similarity(links, blend, rows), rows, available, top_n)


def following(links: Links, rows: Ints, available: Mask, top_n: int) -> Nominees:
    """The available items that most often follow each of `rows`; none where fewer than `MIN_FOLLOWERS` do."""
    enough = links.followers[rows] >= MIN_FOLLOWERS
    scores = sp.csr_matrix(sp.diags(enough.astype(np.float32)) @ links.following[rows])
    return strongest_items(scores, rows, available, top_n)


def with_parts(links: Links, blend: Blend, row: int, available: Mask, top_n: int) -> pd.DataFrame:
    """Rows of the items most similar to an item as the index, with `similarity` and the parts of it, each in [0, 1]."""
    rows = np.array([row], np.int32)
    found = similar(links, blend, rows, available, top_n)
    parts = {TEXT: links.text[rows], **{name: shares(of_items[rows]) for name, of_items in links.behaviour.items()}}
    columns = {name: np.asarray(part[:, found.item].todense(), np.float32).ravel() for name, part in parts.items()}
    return pd.DataFrame({SIMILARITY: found.score, **columns}, index=found.item)
