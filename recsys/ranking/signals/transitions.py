"""Positives soon after an item: item-to-item transitions, near steps weighing more."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from recsys.events.interactions import Interactions
from recsys.ranking.signals.contract import Phrases, Spec
from recsys.ranking.signals.item_to_item import ItemToItem, attended, strongest
from recsys.ranking.signals.known import Known

TRANSITIONS = Spec(
    "transitions",
    "item-to-item",
    Phrases("chosen by others after {title}", "有人选了{title}之后选了它"),
    needs_history=True,
)
ATTENTION = Spec(
    "attention",
    "item-to-item",
    Phrases("seen by others soon after {title}", "有人看了{title}后不久看了它"),
    needs_history=True,
)
NEAR, FADE = 0.7, 0.8
"""Weight of each further step between two events, and of each further step back in a history: of positives."""
NEAR_LOOK, FADE_LOOK = 0.8, 0.9
"""The same of all events, where a step is weaker evidence."""
POPULAR = 0.5
"""Power of the popularity of the item left behind that its transitions are divided by."""
DOUBT = 3.0
"""Times that an item was left behind at which its transitions count half: what came after it once may be chance."""


def fit(known: Known) -> list[ItemToItem]:
    """Transitions among positives, and among all events."""
    return of(known.interactions, known.settings.ranking.transition_window)


def of(interactions: Interactions, window: int) -> list[ItemToItem]:
    """The same of interactions alone: people look at things in an order, liked or not."""
    return [
        ItemToItem(TRANSITIONS, strongest(transitions(interactions, window)), FADE),
        ItemToItem(ATTENTION, strongest(transitions(attended(interactions), window, NEAR_LOOK)), FADE_LOOK, True),
    ]


def transitions(interactions: Interactions, window: int, near: float = NEAR) -> sp.csr_matrix:
    """Counts of b within `window` positives after a, `near` to the power of the steps between, (n_items, n_items).

    >>> ints = lambda *x: np.array(x, np.int32)
    >>> abc = Interactions(ints(0, 0, 0), ints(0, 1, 2), np.ones(3, np.float32), np.arange(3.0), 1, 3)
    >>> np.round(transitions(abc, window=2).toarray().astype(float) * (1 + DOUBT), 2).tolist()
    [[0.0, 1.0, 0.7], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]
    """
    kept = interactions.first_positives
    before, after, weight = [], [], []
    for step in range(1, window + 1):
        same = kept.user[step:] == kept.user[:-step]
        before.append(kept.item[:-step][same])
        after.append(kept.item[step:][same])
        weight.append(np.full(len(before[-1]), near ** (step - 1), np.float32))
    pairs = (np.concatenate(before), np.concatenate(after))
    total = sp.csr_matrix((np.concatenate(weight), pairs), shape=(kept.n_items, kept.n_items))
    left = np.maximum(np.bincount(kept.item, minlength=kept.n_items), 1)
    return sp.csr_matrix(sp.diags(left / (left + DOUBT) / left**POPULAR) @ total, dtype=np.float32)
