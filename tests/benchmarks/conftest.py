"""A checkerboard: even users choose even items, odd users odd ones, one a day, each in an order of their own."""

from collections.abc import Callable

import numpy as np
import pytest
import scipy.sparse as sp

from benchmarks.quality.tuning import Catalogue
from recsys.events.interactions import Interactions

USERS, ITEMS, CHOSEN = 40, 24, 8


@pytest.fixture(scope="session")
def checkerboard() -> Interactions:
    rng = np.random.default_rng(3)
    item = np.concatenate([2 * rng.permutation(ITEMS // 2)[:CHOSEN] + user % 2 for user in range(USERS)])
    user = np.repeat(np.arange(USERS, dtype=np.int32), CHOSEN)
    day = np.tile(np.arange(CHOSEN, dtype=float), USERS)
    return Interactions(user, item.astype(np.int32), np.ones(len(item), np.float32), day, USERS, ITEMS)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """All items but the last two can be had; there are no categories."""
    return Catalogue(np.arange(ITEMS) < ITEMS - 2, sp.csr_matrix((ITEMS, 0), dtype=np.float32))


@pytest.fixture(scope="session")
def changed() -> Callable[[Interactions, Interactions], Interactions]:
    """Interactions whose events that are not among the known have other items."""

    def change(whole: Interactions, known: Interactions) -> Interactions:
        kept = set(zip(known.user.tolist(), known.day.tolist(), strict=True))
        hidden = [(user, day) not in kept for user, day in zip(whole.user.tolist(), whole.day.tolist(), strict=True)]
        item = np.where(hidden, (whole.item + 1) % whole.n_items, whole.item).astype(np.int32)
        return Interactions(whole.user, item, whole.weight, whole.day, whole.n_users, whole.n_items)

    return change
