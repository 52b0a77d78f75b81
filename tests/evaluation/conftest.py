"""Two shops with the same items, half of one text and half of another, and short ways to put them to the test."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from recsys.evaluation import arms, backtest, protocols
from recsys.evaluation.backtest import Backtest
from recsys.evaluation.protocols.cut import Cut, Given
from recsys.events.interactions import Floats, Interactions, Mask
from recsys.events.side import nothing
from recsys.interests.stage import understand
from recsys.ranking.signals.text import similar_texts
from recsys.ranking.world import World
from recsys.settings import Settings, load
from tests.brief import brief_training

USERS, ITEMS, CHOSEN = 60, 40, 14
SMALL = (
    "evaluation.leave_last=3",
    "evaluation.cold_revealed=[0,3]",
    "evaluation.cold_targets=5",
    "evaluation.resamples=100",
)

Backtests = dict[str, Backtest]


def shop(choose: Callable[[int, np.random.Generator], np.ndarray]) -> Interactions:
    """Every user chooses `CHOSEN` different items, one a day, from a day of their own on."""
    rng = np.random.default_rng(0)
    item = np.concatenate([choose(user, rng) for user in range(USERS)]).astype(np.int32)
    day = np.concatenate([rng.integers(0, 50) + np.arange(CHOSEN) for _ in range(USERS)]).astype(float)
    user = np.repeat(np.arange(USERS, dtype=np.int32), CHOSEN)
    return Interactions(user, item, np.ones(len(item), np.float32), day, USERS, ITEMS)


@pytest.fixture(scope="session")
def checkerboard() -> Interactions:
    """Even users choose even items, odd users odd ones; within their half, all items alike."""
    return shop(lambda user, rng: 2 * rng.permutation(ITEMS // 2)[:CHOSEN] + user % 2)


@pytest.fixture(scope="session")
def crowd() -> Interactions:
    """Everybody is after the same few items; who they are and what a text says tells nothing."""
    share = 0.9 ** np.arange(ITEMS)
    return shop(lambda _, rng: rng.choice(ITEMS, CHOSEN, replace=False, p=share / share.sum()))


@pytest.fixture(scope="session")
def vectors() -> Floats:
    """Texts of even items are near to each other, and so are those of odd ones, (n_items, 8)."""
    near = np.eye(2, 8)[np.arange(ITEMS) % 2] + np.random.default_rng(1).normal(0, 0.1, (ITEMS, 8))
    return np.asarray(near / np.linalg.norm(near, axis=1, keepdims=True), np.float32)


@pytest.fixture(scope="session")
def available() -> Mask:
    """All items but the last can be had."""
    return np.arange(ITEMS) < ITEMS - 1


@pytest.fixture(scope="session")
def configured() -> Callable[..., Settings]:
    """Settings that suit so small a shop, with overrides on top."""
    return lambda *overrides: load([*SMALL, *overrides])


@pytest.fixture(scope="session")
def world(vectors: Floats, available: Mask, configured: Callable[..., Settings]) -> World:
    """The items as the models see them; nobody follows anybody."""
    found = understand(vectors, configured())
    return World(found, similar_texts(found.directions), nothing(USERS, ITEMS), available)


@pytest.fixture(scope="session")
def cut(world: World, configured: Callable[..., Settings]) -> Callable[..., list[Cut]]:
    """Cuts of a shop by the protocols named."""

    def cuts(known: Interactions, names: Sequence[str], *overrides: str, **given: Any) -> list[Cut]:
        whole = {"side": world.side, "membership": world.items.membership, **given}
        here = Given(known, settings=configured(*overrides).evaluation, **whole)
        return [cut for name in names for cut in protocols.cuts(name, here)]

    return cuts


@pytest.fixture(scope="session")
def run(
    world: World, vectors: Floats, configured: Callable[..., Settings], cut: Callable[..., list[Cut]]
) -> Callable[..., Backtests]:
    """Backtests of a shop, of known users and of newcomers."""

    @brief_training()
    def tested(known: Interactions, *overrides: str) -> Backtests:
        settings = configured(*overrides)
        cuts = cut(known, ("warm", "cold-users"), *overrides)
        answered = backtest.run(cuts, lambda seen: arms.fit(seen, world, vectors, settings))
        return {backtest.protocol: backtest for backtest in answered}

    return tested


@pytest.fixture(scope="session")
def found(checkerboard: Interactions, run: Callable[..., Backtests]) -> Backtests:
    """Backtests of the checkerboard."""
    return run(checkerboard)
