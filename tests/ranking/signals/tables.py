"""What tests of signals share: requests, fitted inputs and scores, as small tables."""

import numpy as np
import pytest

from recsys.events.interactions import Floats, Interactions
from recsys.events.side import SideInformation, nothing
from recsys.events.split import Requests, now
from recsys.interests.stage import ItemInterests
from recsys.ranking.signals.contract import Answer, Signal
from recsys.ranking.signals.known import Known
from recsys.ranking.signals.text import similar_texts
from recsys.settings import Settings
from recsys.transfer.model import Profiles, Transfer

TODAY = 99.0
NO_PROFILES: Profiles = None  # type: ignore[assignment]
"""For signals that read no profile."""


def ints(*values: int) -> np.ndarray:
    return np.array(values, np.int32)


def asks(*items: int, of: int) -> Requests:
    """A request of one user with positives for these items, one a day, among `of` items."""
    days = np.arange(len(items), dtype=float)
    ones = np.ones(len(items), np.float32)
    return now(Interactions(np.zeros(len(items), np.int32), ints(*items), ones, days, 1, of), TODAY)


def known_of(interactions: Interactions, directions: Floats, side: SideInformation | None = None) -> Known:
    """Inputs of `fit`: items of one interest, and of these texts; no donors."""
    membership = np.ones((interactions.n_items, 1), np.float32)
    transfer = Transfer(membership, [], [], Settings())
    everything_else = nothing(interactions.n_users, interactions.n_items)
    items = ItemInterests(membership, directions)
    return Known(interactions, items, similar_texts(directions), side or everything_else, transfer, Settings())


def every_pair(answer: Answer, n_requests: int, n_items: int) -> Floats:
    """Scores of all items for each request, (n_requests, n_items)."""
    request, item = (places.ravel().astype(np.int32) for places in np.indices((n_requests, n_items)))
    return answer.at(request, item).reshape(n_requests, n_items)


def scores(signal: Signal, requests: Requests, profiles: Profiles = NO_PROFILES) -> Floats:
    """Scores of all items for each request, (n_requests, n_items)."""
    return every_pair(signal.ask(requests, profiles), len(requests), requests.history.n_items)


def by_hand(*rows: list[float]) -> object:
    return pytest.approx(np.array(rows), abs=1e-4)
