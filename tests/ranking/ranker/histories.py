"""Histories of which anything may be true: what tests of requests draw from."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from recsys.events.interactions import Interactions

N_USERS, N_ITEMS = 40, 12
DOMAIN = (np.arange(N_ITEMS) // 6).astype(np.int32)
SEEDS = st.integers(0, 10_000)


def anything(seed: int, whole_days: bool = True) -> Interactions:
    """Events of all weights, up to 20 of each of 40 users; on whole days of a month many happen at once."""
    rng = np.random.default_rng(seed)
    user = np.sort(rng.integers(0, N_USERS, 400)).astype(np.int32)
    day = rng.integers(0, 30, 400).astype(float) if whole_days else rng.uniform(0, 30, 400)
    order = np.lexsort((day, user))
    weight = rng.choice([-1.0, 0.0, 1.0, 2.0], 400, p=[0.1, 0.1, 0.6, 0.2]).astype(np.float32)
    item = rng.integers(0, N_ITEMS, 400).astype(np.int32)
    return Interactions(user, item, weight, day[order], N_USERS, N_ITEMS)


def pairs(interactions: Interactions) -> set[tuple[int, int]]:
    return set(zip(interactions.user.tolist(), interactions.item.tolist(), strict=True))
