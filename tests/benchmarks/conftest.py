"""A checkerboard: even users choose even items, odd users odd ones, one a day, each in an order of their own.

The first half of the items is of one domain, the second of another. Everybody follows the next two users of their kind.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from benchmarks.quality.data import Data
from benchmarks.quality.tuning import Catalogue
from recsys.events.interactions import Interactions
from recsys.events.side import SideInformation, nothing
from recsys.interests.stage import ItemInterests
from recsys.ranking.signals.text import similar_texts
from recsys.ranking.world import World
from recsys.settings import load

USERS, ITEMS, CHOSEN = 40, 24, 8


@pytest.fixture(scope="session")
def checkerboard() -> Interactions:
    rng = np.random.default_rng(3)
    item = np.concatenate([2 * rng.permutation(ITEMS // 2)[:CHOSEN] + user % 2 for user in range(USERS)])
    user = np.repeat(np.arange(USERS, dtype=np.int32), CHOSEN)
    day = np.tile(np.arange(CHOSEN, dtype=float), USERS)
    return Interactions(user, item.astype(np.int32), np.ones(len(item), np.float32), day, USERS, ITEMS)


@pytest.fixture(scope="session")
def side() -> SideInformation:
    domain, user = (np.arange(ITEMS) >= ITEMS // 2).astype(np.int32), np.arange(USERS)
    ends = np.concatenate([user, user]), np.concatenate([user + 2, user + 4]) % USERS
    graph = sp.csr_matrix((np.ones(2 * USERS, np.float32), ends), shape=(USERS, USERS))
    return replace(nothing(USERS, ITEMS), graph=graph, domain=domain, domains=("books", "films"))


@pytest.fixture(scope="session")
def catalogue(side: SideInformation) -> Catalogue:
    """All items but the last two can be had; there are no categories."""
    available, categories = np.arange(ITEMS) < ITEMS - 2, sp.csr_matrix((ITEMS, 0), dtype=np.float32)
    return Catalogue(available, categories, side, leave_last=2)


@pytest.fixture(scope="session")
def changed() -> Callable[[Interactions, Interactions], Interactions]:
    """Interactions whose events that are not among the known have other items of the same domain."""

    def change(whole: Interactions, known: Interactions) -> Interactions:
        kept = set(zip(known.user.tolist(), known.day.tolist(), strict=True))
        hidden = [(user, day) not in kept for user, day in zip(whole.user.tolist(), whole.day.tolist(), strict=True)]
        item = np.where(hidden, whole.item ^ 1, whole.item).astype(np.int32)
        return Interactions(whole.user, item, whole.weight, whole.day, whole.n_users, whole.n_items)

    return change


@pytest.fixture(scope="session")
def data(checkerboard: Interactions, catalogue: Catalogue) -> Data:
    """The checkerboard as a data set whose texts say nothing."""
    membership, directions = np.ones((ITEMS, 1), np.float32), np.zeros((ITEMS, 8), np.float32)
    world = World(ItemInterests(membership, directions), similar_texts(directions), catalogue.side, catalogue.available)
    return Data("checkerboard", checkerboard, world, directions, load([]), catalogue)
