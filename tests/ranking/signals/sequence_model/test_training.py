"""Training goes on for as long as it helps, and no longer."""

from typing import cast

import numpy as np
import pytest
import torch

from recsys.events.interactions import Floats, Interactions
from recsys.ranking.signals.sequence_model import steps, training
from recsys.ranking.signals.sequence_model.network import Network
from recsys.ranking.signals.sequence_model.steps import Steps
from recsys.ranking.signals.sequence_model.training import Regime
from recsys.ranking.signals.sequence_model.windows import LENGTH, HeldOut, Windows, hold_out, windows

USERS, ITEMS, EACH = 200, 30, 12


def histories(item: np.ndarray) -> Windows:
    """Of `USERS` users, who chose (USERS, EACH) items."""
    user = np.repeat(np.arange(USERS, dtype=np.int32), EACH)
    ones, day = np.ones(item.size, np.float32), np.tile(np.arange(float(EACH)), USERS)
    return windows(Interactions(user, item.ravel().astype(np.int32), ones, day, USERS, ITEMS), latest_only=False)


def predicted(data: Windows) -> int:
    """Events that were predicted at a constant rate."""
    rng = np.random.default_rng(1)
    torch.manual_seed(1)
    started = Steps(Network(torch.zeros(ITEMS, 4), 0.2), data, rng, 1600, 1024)
    training.learn(started, *hold_out(data, 99, rng), gain=1.05)
    return started.predicted


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "FIRST", 10_000)
    monkeypatch.setattr(training, "MAX_EVENTS", 60_000)


@pytest.mark.usefixtures("looks")
def test_an_order_that_is_there_is_learnt_for_longer_than_one_that_is_not() -> None:
    start = np.random.default_rng(2).integers(0, ITEMS, (USERS, 1))
    order = predicted(histories((start + 7 * np.arange(EACH)) % ITEMS))
    chance = predicted(histories(np.random.default_rng(3).integers(0, ITEMS, (USERS, EACH))))
    assert chance <= 10_000 * training.GROWTH + 2 * 1600
    assert order > 2 * chance


@pytest.mark.usefixtures("looks")
def test_no_event_is_predicted_more_often_than_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "EPOCHS", 3)
    start = np.random.default_rng(2).integers(0, ITEMS, (USERS, 1))
    assert predicted(histories((start + 7 * np.arange(EACH)) % ITEMS)) <= 3 * USERS * (EACH - 1)


@pytest.mark.usefixtures("looks")
@pytest.mark.parametrize(("gain", "looks_taken"), [(1.05, 2), (0.0, 7)])
def test_training_ends_with_the_weights_of_its_best_look(
    gain: float, looks_taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, rng = histories(step_of(7)), np.random.default_rng(1)
    started = Steps(Network(torch.zeros(ITEMS, 4), 0.2), data, rng, 800, 256)
    seen: list[dict[str, Floats]] = []

    def worse_and_worse(network: Network, data: Windows, held_out: HeldOut) -> float:
        seen.append(weights(network))
        return 1 / len(seen)

    monkeypatch.setattr(training, "quality", worse_and_worse)
    training.learn(started, *hold_out(data, 99, rng), gain=gain)
    assert len(seen) == looks_taken
    assert all(np.array_equal(table, seen[0][name]) for name, table in weights(started.network).items())


def test_short_histories_are_learnt_for_longer_and_with_more_dropout() -> None:
    assert training.regime_of(histories(step_of(7))) == training.SHORT
    user, item = np.divmod(np.arange(240, dtype=np.int32), 80)
    long = Interactions(user, item, np.ones(240, np.float32), item.astype(float), 3, 80)
    assert training.regime_of(windows(long, latest_only=False)) == training.LONG


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
    data = Windows(empty, empty, empty, np.arange(2, dtype=np.int32), np.zeros(2))
    held_out = HeldOut(np.array([0, 1]), np.array([0, 0]), np.array([1, 2]))
    found = training.quality(cast(Network, Oracle()), data, held_out)
    assert found == pytest.approx((1 + 1 / np.log2(3)) / 2)


def test_nobody_held_out_is_no_quality_and_training_takes_all_its_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "LOOKED_AT", 0)
    monkeypatch.setattr(training, "EPOCHS", 5)
    data = histories(np.tile(np.arange(EACH), (USERS, 1)))
    rng = np.random.default_rng(1)
    started = Steps(Network(torch.zeros(ITEMS, 4)), data, rng, 1600, 1024)
    training.learn(started, *hold_out(data, 0, rng), gain=1.05)
    assert started.predicted >= training.EPOCHS * USERS * (EACH - 1)


def step_of(size: int) -> np.ndarray:
    """Orders of `EACH` events of every user, in steps of `size`."""
    start = np.random.default_rng(2).integers(0, ITEMS, (USERS, 1))
    return np.asarray((start + size * np.arange(EACH)) % ITEMS)


def weights(network: Network) -> dict[str, Floats]:
    return {name: table.numpy().copy() for name, table in network.state_dict().items()}


@pytest.fixture
def untrained() -> dict[str, Floats]:
    torch.manual_seed(1)
    return weights(Network(torch.zeros(ITEMS, 4)))


def test_training_that_resumes_predicts_held_out_events_better_than_the_weights_it_starts_from(
    untrained: dict[str, Floats], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "RESUMED_RATE", 5e-3)
    looks: list[float] = []
    quality = training.quality

    def recorded(network: Network, data: Windows, held_out: HeldOut) -> float:
        looks.append(quality(network, data, held_out))
        return looks[-1]

    monkeypatch.setattr(training, "quality", recorded)
    made = training.resume(histories(step_of(7)), np.zeros((ITEMS, 4), np.float32), untrained, -1.0, 1, "cpu")
    assert looks[1] > looks[0]
    assert not np.array_equal(weights(made)["own.weight"], untrained["own.weight"])


def test_weights_stay_where_training_makes_them_worse(
    untrained: dict[str, Floats], monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = iter([0.5, 0.4])
    monkeypatch.setattr(training, "quality", lambda *_: next(looks))
    made = training.resume(histories(step_of(7)), np.zeros((ITEMS, 4), np.float32), untrained, -1.0, 1, "cpu")
    assert all(np.array_equal(table, untrained[name]) for name, table in weights(made).items())


def test_weights_stay_where_no_event_is_new(untrained: dict[str, Floats]) -> None:
    last = EACH - 1.0
    made = training.resume(histories(step_of(7)), np.zeros((ITEMS, 4), np.float32), untrained, last, 1, "cpu")
    assert all(np.array_equal(table, untrained[name]) for name, table in weights(made).items())


def test_training_that_resumes_predicts_no_more_events_than_stated(
    untrained: dict[str, Floats], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "RESUMED", 1000)
    monkeypatch.setattr(training, "SHORT", Regime(0.5, 60, 256, 0.0))
    started: list[Steps] = []

    def recorded(
        network: Network, data: Windows, rng: np.random.Generator, batch: int, negatives: int, rate: float
    ) -> Steps:
        started.append(Steps(network, data, rng, batch, negatives, rate))
        return started[-1]

    monkeypatch.setattr(training, "Steps", recorded)
    training.resume(histories(step_of(7)), np.zeros((ITEMS, 4), np.float32), untrained, -1.0, 1, "cpu")
    assert 900 < started[0].predicted < 1300


def test_the_loss_and_its_gradient_are_those_of_cross_entropy() -> None:
    torch.manual_seed(1)
    first, target = torch.randn(5, 7, requires_grad=True), torch.tensor([0, 6, 3, 3, 1])
    second = first.detach().clone().requires_grad_()
    loss = steps.CrossEntropy.apply(first, target)  # type: ignore[no-untyped-call]
    expected = torch.nn.functional.cross_entropy(second, target)
    (3 * loss).backward()
    (3 * expected).backward()  # type: ignore[no-untyped-call]
    assert loss.item() == pytest.approx(expected.item(), abs=1e-6)
    assert torch.allclose(first.grad, second.grad, atol=1e-7)  # type: ignore[arg-type]
