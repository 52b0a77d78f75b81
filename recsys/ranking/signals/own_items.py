"""The user's earlier positives, where they may be recommended again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from recsys.events.split import Requests
from recsys.ranking.signals.answers import Sparse
from recsys.ranking.signals.contract import Phrases, Spec
from recsys.ranking.signals.known import Known
from recsys.transfer.model import Profiles

OWN_ITEMS = Spec("own items", "history", Phrases("you know it from before", "您以前接触过"), needs_history=True)
RECENT_ITEMS = Spec(
    "recent own items", "history", Phrases("in your recent history", "您最近接触过"), needs_history=True
)
FADE = 0.9
"""Weight of each further step back in the history, for recent positives."""


@dataclass(frozen=True)
class OwnItems:
    """Items of the user's own history."""

    spec: Spec
    fade: float = 1.0
    """Weight of each further step back in the history; 1: how long ago it was does not matter."""

    def ask(self, requests: Requests, profiles: Profiles) -> Sparse:
        """Sum of the weights of the positives with each item."""
        del profiles
        positives = requests.history.first_positives
        weight = (positives.weight * self.fade ** positives.order_from_end.astype(np.float64)).astype(np.float32)
        shape = (len(requests), positives.n_items)
        return Sparse(sp.csr_matrix((weight, (positives.user, positives.item)), shape=shape))


def fit(known: Known) -> Sequence[OwnItems]:
    """How often, and how recently; nothing where nothing may be recommended again."""
    repeatable = known.interactions.repeatable is not None
    return [OwnItems(OWN_ITEMS), OwnItems(RECENT_ITEMS, FADE)] if repeatable else []
