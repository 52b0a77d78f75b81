"""What every retriever is: a fitted model that scores all items for each request."""

from __future__ import annotations

from typing import Protocol

from recsys.events.interactions import Floats
from recsys.events.split import Requests
from recsys.transfer.model import Profiles


class Retriever(Protocol):
    """A source of candidates, and of features for the ranker."""

    @property
    def name(self) -> str:
        """Name of the feature, and of the term it adds to a score."""

    @property
    def transfers(self) -> bool:
        """Whether its scores come from other people's interests: what the no-transfer arm goes without."""

    def score(self, requests: Requests, profiles: Profiles) -> Floats:
        """Scores, (n_requests, n_items) float32; 0 where it has nothing to say, more is better."""
