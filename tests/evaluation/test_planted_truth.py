"""Worlds whose rule is known: what friends, another domain or a text decide is found out."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from recsys.evaluation import arms, backtest, measure
from recsys.evaluation.protocols.cut import Cut
from recsys.events.interactions import Floats, Interactions
from recsys.events.side import nothing
from recsys.ranking.world import World
from recsys.settings import Settings
from tests.brief import brief_training

USERS, CLIQUE, ITEMS = 120, 8, 40
SETTINGS = ("evaluation.social_revealed=[0,1]", "evaluation.cold_share=0.3")

Cuts = Callable[..., list[Cut]]
Configured = Callable[..., Settings]


def history(choose: Callable[[int, np.random.Generator], np.ndarray]) -> Interactions:
    """Every user chooses ten items, one a day, from a day of their own on."""
    rng = np.random.default_rng(0)
    item = np.concatenate([choose(user, rng) for user in range(USERS)]).astype(np.int32)
    user, count = np.repeat(np.arange(USERS, dtype=np.int32), 10), len(item)
    day = (np.repeat(rng.integers(0, 50, USERS), 10) + np.tile(np.arange(10), USERS)).astype(float)
    return Interactions(user, item, np.ones(count, np.float32), day, USERS, ITEMS)


@brief_training()
def answered(cuts: list[Cut], world: World, vectors: Floats, settings: Settings) -> dict[str, pd.Series]:
    """Lower bounds of the ratios of recsys to each other arm, by protocol."""
    everything = replace(world, available=np.ones(ITEMS, bool))
    found = backtest.run(cuts, lambda known: arms.fit(known, everything, vectors, settings))
    tables = {backtest.protocol: measure.tables(backtest, world.items.directions, 200, 0)[1] for backtest in found}
    return {name: table[table["segment"] == "all"].set_index("against")["low"] for name, table in tables.items()}


@pytest.fixture(scope="module")
def social(cut: Cuts, world: World, vectors: Floats, configured: Configured) -> dict[str, pd.Series]:
    """Cliques of eight who follow each other and are after the same twelve items, whatever these say."""
    clique = np.arange(USERS) // CLIQUE
    taste = [np.random.default_rng(number).permutation(ITEMS)[:12] for number in range(USERS // CLIQUE)]
    links = sp.csr_matrix((clique[:, None] == clique) & ~np.eye(USERS, dtype=bool), dtype=np.float32)
    side = replace(nothing(USERS, ITEMS), graph=links)
    known = history(lambda user, rng: rng.permutation(taste[user // CLIQUE])[:10])
    cuts = cut(known, ["social"], *SETTINGS, side=side)
    return answered(cuts, replace(world, side=side), vectors, configured(*SETTINGS))


@pytest.fixture(scope="module")
def across(cut: Cuts, world: World, vectors: Floats, configured: Configured) -> dict[str, pd.Series]:
    """Five books, then five films: who is after even books is after even films."""
    side = replace(
        nothing(USERS, ITEMS), domain=(np.arange(ITEMS) >= ITEMS // 2).astype(np.int32), domains=("books", "films")
    )

    def choose(user: int, rng: np.random.Generator) -> np.ndarray:
        books, films = (2 * rng.permutation(ITEMS // 4)[:5] + user % 2 for _ in range(2))
        return np.concatenate([books, films + ITEMS // 2])

    cuts = cut(history(choose), ["cross-domain"], *SETTINGS, side=side)
    return answered(cuts, replace(world, side=side), vectors, configured(*SETTINGS))


@pytest.mark.parametrize("protocol", ["social-0", "social-1"])
def test_where_friends_decide_ours_beats_popularity(social: dict[str, pd.Series], protocol: str) -> None:
    assert social[protocol]["popularity"] > 1.5
    assert social[protocol]["recent popularity"] > 1.5


def test_where_friends_decide_transfer_is_what_finds_it(social: dict[str, pd.Series]) -> None:
    assert social["social-0"]["recsys without transfer"] > 1.5


def test_where_tastes_cross_domains_ours_beats_popularity(across: dict[str, pd.Series]) -> None:
    assert list(across) == ["cross-domain films"]
    assert across["cross-domain films"]["popularity"] > 1.3
