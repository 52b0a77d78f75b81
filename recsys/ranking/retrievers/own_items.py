"""What the user chose before, where that may be recommended again: how often, and how lately."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy.sparse as sp

from recsys.events.interactions import Floats, Interactions
from recsys.events.split import Requests
from recsys.transfer.model import Profiles

LATELY = 0.9
"""Weight of each further step back in the history, for what was chosen lately."""


@dataclass(frozen=True)
class OwnItems:
    """Items of the user's own history."""

    name: str
    fade: float = 1.0
    """Weight of each further step back in the history; 1: how long ago it was does not matter."""
    transfers: ClassVar[bool] = False

    def score(self, requests: Requests, profiles: Profiles) -> Floats:
        """Sum of the weights of the choices of each item."""
        del profiles
        chosen = requests.history.choices
        weight = chosen.weight * self.fade ** chosen.order_from_end.astype(np.float64)
        shape = (len(requests), chosen.n_items)
        return np.asarray(sp.csr_matrix((weight, (chosen.user, chosen.item)), shape=shape).todense(), np.float32)


def fit(interactions: Interactions) -> list[OwnItems]:
    """How often, and how lately; nothing where nothing may be recommended again, whatever part of it is fitted on."""
    repeatable = interactions.repeatable is not None
    return [OwnItems("own items"), OwnItems("own items lately", LATELY)] if repeatable else []
