"""Items whose texts are like those of the history: what an item without any event can be found by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy.sparse as sp

from recsys.events.interactions import Floats, Ints
from recsys.events.split import Requests
from recsys.transfer.model import Profiles

ALIKE = 64
"""Most similar items kept for each."""
LATEST = 30
"""Positive events of a history that are looked at."""
CELLS = 50_000_000
"""Cosines held at once."""


@dataclass(frozen=True)
class Text:
    """Sum over the history of the similarity of its items' texts, the closest ones dominating."""

    links: sp.csr_matrix
    """Cosine to the `ALIKE` most similar others, (n_items, n_items)."""
    name: ClassVar[str] = "text"
    transfers: ClassVar[bool] = False
    fade: ClassVar[float] = 1.0

    def score(self, requests: Requests, profiles: Profiles) -> Floats:
        """Σ_h cos(x_i, x_h)⁴ over the latest items h of the history: near the maximum, yet with ties broken."""
        del profiles
        history = requests.history
        latest = history.take(history.latest(LATEST))
        return np.asarray((latest.positives @ self.links.power(4)).todense(), dtype=np.float32)


def fit(directions: Floats) -> Text:
    """Nearest items by cosine of centred features, (n_items, dim), rows of length 1 or 0."""
    count = min(ALIKE, max(len(directions) - 1, 0))
    parts = np.array_split(np.arange(len(directions), dtype=np.int32), max(1, len(directions) ** 2 // CELLS))
    return Text(sp.vstack([_nearest(directions, part, count) for part in parts]).tocsr())


def _nearest(directions: Floats, items: Ints, count: int) -> sp.csr_matrix:
    alike = directions[items] @ directions.T
    rows = np.arange(len(alike))
    alike[rows, items] = 0.0
    best = np.argpartition(-alike, count - 1, axis=1)[:, :count] if count else np.zeros((len(alike), 0), int)
    values = np.maximum(np.take_along_axis(alike, best, axis=1), 0.0)
    matrix = sp.csr_matrix((values.ravel(), (np.repeat(rows, count), best.ravel())), shape=alike.shape)
    matrix.eliminate_zeros()
    return matrix
