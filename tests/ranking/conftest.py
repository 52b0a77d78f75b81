"""A checkerboard: two groups of users, two groups of items, and everyone chooses within their own group."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from recsys.events.interactions import Floats, Interactions
from recsys.events.side import nothing
from recsys.events.split import Requests, now
from recsys.interests.distributions import Observed
from recsys.interests.stage import ItemInterests
from recsys.ranking import models
from recsys.ranking.lists.reasons import Reason, Words
from recsys.ranking.lists.recommend import Shown, recommend
from recsys.ranking.models import Models
from recsys.ranking.ranker import backcast
from recsys.ranking.ranker.experts import Ranker
from recsys.ranking.ranker.stage import fit_rankers
from recsys.ranking.signals.text import similar_texts
from recsys.ranking.world import World
from recsys.settings import Settings, load
from recsys.transfer.model import Profiles
from tests.brief import brief_training
from tests.ranking.days import Days, two_days

USERS, ITEMS, POSITIVES = 24, 24, 7
TODAY = 100.0


@pytest.fixture(scope="session")
def profiles() -> Callable[[Floats, Floats], Profiles]:
    """Profiles of literal distributions, observed and transferred, in which nobody speaks for anybody."""

    def build(observed: Floats, transferred: Floats) -> Profiles:
        n = len(observed)
        events, nothing = np.zeros(n, np.int32), np.zeros(n, np.float32)
        return Profiles(
            Observed(observed, nothing, events),
            transferred,
            nothing,
            transferred,
            events,
            np.ones((n, 1), np.float32),
            {},
        )

    return build


@pytest.fixture(scope="session")
def unknown_user() -> Callable[[int, float], Requests]:
    """A request of somebody who is in no table, of a shop with so many items."""

    def ask(n_items: int, at: float) -> Requests:
        nothing = np.zeros(0, np.int32)
        empty = Interactions(nothing, nothing, np.zeros(0, np.float32), np.zeros(0), 1, n_items)
        return Requests(empty, np.array([at]), np.array([-1], np.int32))

    return ask


@dataclass(frozen=True)
class Shop:
    """A shop with everything that is fitted in it."""

    known: Interactions
    world: World
    settings: Settings
    models: Models
    ranker: Ranker
    alone: Ranker
    """That of the no-transfer arm."""
    words: Words

    def recommend(self, requests: Requests) -> tuple[list[Shown], list[list[Reason]]]:
        return recommend(self.models, self.ranker, requests, self.settings, self.words)

    def everyone(self) -> Requests:
        """All users today; the last two have no events."""
        return now(self.known, TODAY)


def shop_interactions() -> Interactions:
    """Every user but the last two likes `POSITIVES` of the 12 items that are even or odd as they are, one a day."""
    rng = np.random.default_rng(0)
    users = np.arange(USERS - 2, dtype=np.int32)
    item = np.concatenate([2 * rng.permutation(ITEMS // 2)[:POSITIVES] + user % 2 for user in users])
    day = np.concatenate([rng.integers(0, 50) + np.arange(POSITIVES) for _ in users]).astype(float)
    weight = np.ones(len(item), np.float32)
    return Interactions(np.repeat(users, POSITIVES), item.astype(np.int32), weight, day, USERS, ITEMS)


def world() -> World:
    """Items of one group share their interest and their text; the last item cannot be had; nobody follows anybody."""
    own = np.where(np.arange(ITEMS) % 2 == 0, 0.95, 0.05)
    membership = np.stack([own, 1 - own], axis=1).astype(np.float32)
    lengths = np.linalg.norm(membership - 0.5, axis=1, keepdims=True)
    directions = np.asarray((membership - 0.5) / lengths, np.float32)
    items = ItemInterests(membership, directions)
    return World(items, similar_texts(directions), nothing(USERS, ITEMS), np.arange(ITEMS) < ITEMS - 1)


def open_shop(*overrides: str, known: Interactions | None = None) -> Shop:
    known, shared, settings = known or shop_interactions(), world(), load(["lists.top_n=8", *overrides])
    words = Words([f"Title {item}" for item in range(ITEMS)], ["even things", "odd things"])
    with brief_training(backcasts=2):
        rankers = fit_rankers(backcast.examples(known, shared, settings), settings)
        fitted = models.fit(known, shared, settings)
    return Shop(known, shared, settings, fitted, *rankers, words)


@pytest.fixture(scope="session")
def shop() -> Shop:
    return open_shop()


@pytest.fixture(scope="session")
def shop_without_transfer() -> Shop:
    return open_shop("transfer.enabled=false")


@pytest.fixture(scope="session")
def days(tmp_path_factory: pytest.TempPathFactory) -> Days:
    return two_days(tmp_path_factory.mktemp("days"))
