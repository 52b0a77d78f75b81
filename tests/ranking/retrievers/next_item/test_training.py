"""Training goes on for as long as it helps, and no longer."""

from typing import cast

import numpy as np
import pytest
import torch

from recsys.events.interactions import Interactions
from recsys.ranking.retrievers.next_item import training
from recsys.ranking.retrievers.next_item.network import Network
from recsys.ranking.retrievers.next_item.steps import Steps
from recsys.ranking.retrievers.next_item.windows import LENGTH, HeldOut, Windows, hold_out, windows

USERS, ITEMS, EACH = 200, 30, 12


def histories(item: np.ndarray) -> Windows:
    """Of `USERS` users, who chose (USERS, EACH) items."""
    user = np.repeat(np.arange(USERS, dtype=np.int32), EACH)
    ones, day = np.ones(item.size, np.float32), np.tile(np.arange(float(EACH)), USERS)
    return windows(Interactions(user, item.ravel().astype(np.int32), ones, day, USERS, ITEMS), latest_only=False)


def foretold(data: Windows) -> int:
    """Events that were foretold at a constant rate."""
    rng = np.random.default_rng(1)
    torch.manual_seed(1)
    steps = Steps(Network(torch.zeros(ITEMS, 4)), data, rng)
    training.learn(steps, *hold_out(data, 99, rng))
    return steps.foretold


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "FIRST", 10_000)
    monkeypatch.setattr(training, "MOST", 60_000)


@pytest.mark.usefixtures("looks")
def test_an_order_that_is_there_is_learnt_for_longer_than_one_that_is_not() -> None:
    start = np.random.default_rng(2).integers(0, ITEMS, (USERS, 1))
    order = foretold(histories((start + 7 * np.arange(EACH)) % ITEMS))
    chance = foretold(histories(np.random.default_rng(3).integers(0, ITEMS, (USERS, EACH))))
    assert chance <= 10_000 * training.GROWTH + 2 * 1600
    assert order > 2 * chance


@pytest.mark.usefixtures("looks")
def test_no_event_is_foretold_more_often_than_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "EPOCHS", 3)
    start = np.random.default_rng(2).integers(0, ITEMS, (USERS, 1))
    assert foretold(histories((start + 7 * np.arange(EACH)) % ITEMS)) <= 3 * USERS * (EACH - 1)


def test_the_quality_of_first_and_second_places_is_their_mean_discount() -> None:
    class Oracle:
        """Expects item 0 most, then item 1."""

        n_items = 3

        def __call__(self, item: torch.Tensor, liked: torch.Tensor) -> torch.Tensor:
            return torch.ones(*item.shape, 1)

        def given(self, array: np.ndarray) -> torch.Tensor:
            return torch.from_numpy(array)

        def items(self, rows: torch.Tensor) -> torch.Tensor:
            return torch.tensor([[3.0], [2.0], [1.0]])[rows - 1]

        def train(self) -> None: ...

        def eval(self) -> None: ...

    empty = np.zeros((2, LENGTH), np.int32)
    data = Windows(empty, empty, empty, np.arange(2, dtype=np.int32))
    held_out = HeldOut(np.array([0, 1]), np.array([0, 0]), np.array([1, 2]))
    found = training.quality(cast(Network, Oracle()), data, held_out)
    assert found == pytest.approx((1 + 1 / np.log2(3)) / 2)


def test_nobody_held_out_is_no_quality_and_training_takes_all_its_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "LOOKED_AT", 0)
    data = histories(np.tile(np.arange(EACH), (USERS, 1)))
    rng = np.random.default_rng(1)
    steps = Steps(Network(torch.zeros(ITEMS, 4)), data, rng)
    training.learn(steps, *hold_out(data, 0, rng))
    assert steps.foretold >= training.EPOCHS * USERS * (EACH - 1)
