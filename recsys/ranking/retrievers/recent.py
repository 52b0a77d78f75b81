"""Popularity as of the request: what everybody chooses, of late or at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recsys.events.interactions import Floats, Interactions
from recsys.events.split import Requests
from recsys.transfer.model import Profiles
from recsys.transfer.popularity import popularity


@dataclass(frozen=True)
class Popular:
    """Decayed count of an item's positive events before the request."""

    interactions: Interactions
    half_life_days: float
    name: str
    transfers: ClassVar[bool] = False

    def score(self, requests: Requests, profiles: Profiles) -> Floats:
        """The count, the same for all requests of one moment."""
        del profiles
        moments, places = np.unique(requests.at, return_inverse=True)
        return popularity(self.interactions, moments, self.half_life_days)[places]
