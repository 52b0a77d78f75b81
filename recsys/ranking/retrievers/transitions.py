"""What people chose soon after an item: item-to-item transitions, near ones counting more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import scipy.sparse as sp

from recsys.events.interactions import Floats, Interactions
from recsys.events.split import Requests
from recsys.transfer.model import Profiles

NEAR, FADE = 0.7, 0.8
"""Weight of each further step between two events, and of each further step back in a history: of what was liked."""
NEAR_LOOK, FADE_LOOK = 0.8, 0.9
"""The same of all that was looked at, where a step says less."""
POPULAR = 0.5
"""Power of the popularity of the item left behind that its transitions are divided by."""
DOUBT = 3.0
"""Times that an item was left behind at which its transitions count half: what came after it once may be chance."""


@dataclass(frozen=True)
class Transitions:
    """A first-order chain over items, read from the latest events of a history."""

    links: sp.csr_matrix
    """Weight from a row (before) to a column (after), (n_items, n_items)."""
    name: str = "transitions"
    everything: bool = False
    """True: read from all events of a history, the unfavourable ones too."""
    fade: float = FADE
    """Weight of each further step back in the history."""
    transfers: ClassVar[bool] = False

    def score(self, requests: Requests, profiles: Profiles) -> Floats:
        """Transitions out of the history, the latest event counting most."""
        del profiles
        history = (attended(requests.history) if self.everything else requests.history).choices
        recency = self.fade ** history.order_from_end.astype(np.float64)
        shape = (len(requests), history.n_items)
        return _dense(sp.csr_matrix((recency, (history.user, history.item)), shape=shape) @ self.links)


def attended(interactions: Interactions) -> Interactions:
    """The events with a weight of 1 each: what a user has looked at, liked or not."""
    return replace(interactions, weight=np.ones_like(interactions.weight))


def fit(interactions: Interactions, window: int, near: float = NEAR) -> Transitions:
    """Counts of b within `window` choices after a, `near` to the power of the steps between.

    >>> ints = lambda *x: np.array(x, np.int32)
    >>> abc = Interactions(ints(0, 0, 0), ints(0, 1, 2), np.ones(3, np.float32), np.arange(3.0), 1, 3)
    >>> np.round(fit(abc, window=2).links.toarray().astype(float) * (1 + DOUBT), 2).tolist()
    [[0.0, 1.0, 0.7], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]
    """
    kept = interactions.choices
    shape = (kept.n_items, kept.n_items)
    total = sp.csr_matrix(shape, dtype=np.float64)
    for step in range(1, window + 1):
        same = kept.user[step:] == kept.user[:-step]
        before, after = kept.item[:-step][same], kept.item[step:][same]
        total = total + sp.csr_matrix((np.full(len(before), near ** (step - 1)), (before, after)), shape=shape)
    left = np.maximum(np.bincount(kept.item, minlength=kept.n_items), 1)
    return Transitions(sp.csr_matrix(sp.diags(left / (left + DOUBT) / left**POPULAR) @ total, dtype=np.float32))


def fit_attention(interactions: Interactions, window: int) -> Transitions:
    """The same over all events, whatever their weight: people look at things in an order, liked or not."""
    return Transitions(fit(attended(interactions), window, NEAR_LOOK).links, "attention", True, FADE_LOOK)


def _dense(matrix: sp.csr_matrix) -> Floats:
    return np.asarray(matrix.todense(), dtype=np.float32)
