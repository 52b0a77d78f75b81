"""The sequence model: planted orders recovered."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from recsys.events.interactions import Floats, Interactions
from recsys.events.split import Requests, now
from recsys.ranking.signals.sequence import SequenceSignal
from recsys.ranking.signals.sequence_model import sequence, training
from recsys.ranking.signals.sequence_model.network import Network
from recsys.ranking.signals.sequence_model.windows import LENGTH
from tests.cuda import with_cuda
from tests.kept import kept
from tests.ranking.signals.tables import asks, scores

ITEMS = 12


def scores_of(model: sequence.Sequence, history: Collection[int]) -> Floats:
    return scores(SequenceSignal(model), asks(*history, of=ITEMS))


def weights(network: Network) -> dict[str, Floats]:
    """Drawn as widely as trained ones are, so that attention is uneven."""
    rng = np.random.default_rng(1)
    return {name: rng.normal(0, 0.3, table.shape).astype(np.float32) for name, table in network.state_dict().items()}


NO_TEXTS = np.zeros((ITEMS, 4), np.float32)


@pytest.fixture(scope="module")
def circle() -> Interactions:
    """Sixty users who go round the first eleven items in order, each from another start; nobody takes the last."""
    item = np.concatenate([(np.arange(9) + user) % (ITEMS - 1) for user in range(60)]).astype(np.int32)
    day = np.tile(np.arange(9.0), 60)
    return Interactions(
        np.repeat(np.arange(60, dtype=np.int32), 9), item, np.ones(len(item), np.float32), day, 60, ITEMS
    )


@pytest.fixture(scope="module")
def fitted(circle: Interactions) -> sequence.Sequence:
    """A model of the circle that knows no texts."""
    return sequence.fit(circle, NO_TEXTS, seed=3)


def test_the_order_of_positives_is_learnt(fitted: sequence.Sequence) -> None:
    assert scores_of(fitted, [3, 4, 5]).argmax() == 6
    assert scores_of(fitted, [8, 9]).argmax() == 10


def test_an_item_that_nobody_chose_scores_only_when_its_text_is_known(circle: Interactions) -> None:
    directions = np.eye(ITEMS, dtype=np.float32)
    directions[-1] = directions[6]
    assert scores_of(sequence.fit(circle, directions, seed=3), [3, 4, 5])[0, -1] > 0
    directions[-1] = 0.0
    assert scores_of(sequence.fit(circle, directions, seed=3), [3, 4, 5])[0, -1] == 0


def test_without_history_there_is_no_score(fitted: sequence.Sequence) -> None:
    assert not scores_of(fitted, []).any()


@with_cuda
def test_what_a_gpu_has_learnt_answers_on_the_cpu(circle: Interactions) -> None:
    model = sequence.fit(circle, NO_TEXTS, 3, "cuda")
    assert scores_of(model, [3, 4, 5]).argmax() == 6
    assert scores_of(model, [8, 9]).argmax() == 10


def test_the_same_seed_makes_the_same_model(circle: Interactions, fitted: sequence.Sequence) -> None:
    again = sequence.fit(circle, NO_TEXTS, seed=3)
    assert np.array_equal(scores_of(again, [1, 2]), scores_of(fitted, [1, 2]))


@pytest.fixture
def requests() -> Requests:
    """Requests with 0 to 69 events, whose windows are padded to every length; 70 of them are more than one group."""
    rng = np.random.default_rng(5)
    user = np.repeat(np.arange(70, dtype=np.int32), np.arange(70))
    item = rng.integers(0, ITEMS, len(user)).astype(np.int32)
    weight = rng.choice(np.array([1, -1], np.float32), len(user))
    repeatable = np.ones(len(user), bool)
    return now(Interactions(user, item, weight, np.arange(float(len(user))), 70, ITEMS, repeatable), 9999.0)


@pytest.fixture
def untrained() -> sequence.Sequence:
    directions = np.random.default_rng(6).normal(size=(ITEMS, 4)).astype(np.float32)
    return sequence.Sequence(weights(Network(torch.tensor(directions))), directions, np.ones(ITEMS, np.float32))


def test_queries_are_the_states_of_the_network_after_the_latest_event(
    untrained: sequence.Sequence, requests: Requests
) -> None:
    network = Network(torch.tensor(untrained.directions))
    network.load_state_dict({name: torch.tensor(table) for name, table in untrained.state.items()})
    network.eval()
    queries, has_history = untrained.queries(requests)
    assert has_history.tolist() == [False] + [True] * 69
    assert not queries[0].any()
    for row in (1, 6, 7, 30, 69):
        mine = requests.history.user == row
        item, liked = requests.history.item[mine][-LENGTH:] + 1, np.where(requests.history.weight[mine] > 0, 1, 2)
        with torch.inference_mode():
            given = torch.tensor(item)[None], torch.tensor(liked[-LENGTH:])[None]
            state = network(*given)[0, -1]
        assert queries[row] == pytest.approx(state.numpy(), abs=1e-4)


def test_a_query_is_the_same_to_the_last_bit_in_any_company(untrained: sequence.Sequence, requests: Requests) -> None:
    queries, _ = untrained.queries(requests)
    for rows in ([69], [3, 69, 12], list(range(69, 0, -1)), [5] * 66):
        assert np.array_equal(untrained.queries(requests.part(np.array(rows, np.int32)))[0], queries[rows])


def test_what_is_cached_is_not_stored(untrained: sequence.Sequence, requests: Requests, tmp_path: Path) -> None:
    queries, _ = untrained.queries(requests)
    stored = kept(untrained, tmp_path)
    assert set(vars(stored)) == {"state", "directions", "known", "until"}
    assert np.array_equal(stored.queries(requests)[0], queries)


def test_items_of_today_keep_their_weights_and_new_ones_begin_as_in_a_network_before_training(
    untrained: sequence.Sequence, requests: Requests
) -> None:
    """Items come in reverse, item 3 is gone, and a new one with the text of item 7 is last."""
    rows = np.array([11, 10, 9, 8, 7, 6, 5, 4, 2, 1, 0, -1], np.int32)
    directions = untrained.directions[np.append(rows[:-1], 7)]
    today = sequence.aligned(untrained, rows, directions)
    assert today.items[:-1] == pytest.approx(untrained.items[rows[:-1]], abs=1e-6)
    own, before = today.state["own.weight"], untrained.state["own.weight"]
    assert not own[0].any()
    assert 0 < own[-1].std() < 3 * before[1:].std()
    text = today.items[-1] - own[-1]
    assert text == pytest.approx(untrained.items[7] - before[8], abs=1e-5)


def test_a_new_item_is_known_by_its_text_alone(untrained: sequence.Sequence) -> None:
    unknown = replace(untrained, known=np.eye(1, ITEMS, dtype=np.float32)[0])
    directions = np.array([[0, 0], [0, 0], [0, 1], [0, 0]], np.float32)
    assert sequence.aligned(unknown, np.array([0, 5, -1, -1], np.int32), directions).known.tolist() == [1, 0, 1, 0]


def test_training_resumes_from_an_aligned_model_and_what_is_new_since_is_learnt(
    circle: Interactions, fitted: sequence.Sequence
) -> None:
    """Everybody begins another round the day after."""
    assert fitted.until == 8
    unchanged = sequence.fit(circle, NO_TEXTS, 3, earlier=fitted)
    assert all(np.array_equal(table, fitted.state[name]) for name, table in unchanged.state.items())
    item = np.concatenate([(np.arange(10) + user) % (ITEMS - 1) for user in range(60)]).astype(np.int32)
    user, ones = np.repeat(np.arange(60, dtype=np.int32), 10), np.ones(600, np.float32)
    tomorrow = Interactions(user, item, ones, np.tile(np.arange(10.0), 60), 60, ITEMS)
    resumed = sequence.fit(tomorrow, NO_TEXTS, 3, earlier=fitted)
    assert resumed.until == 9
    assert scores_of(resumed, [3, 4, 5]).argmax() == 6


def test_training_starts_anew_where_texts_have_another_width(
    circle: Interactions, fitted: sequence.Sequence, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "EPOCHS", 2)
    anew = sequence.fit(circle, np.zeros((ITEMS, 5), np.float32), 3)
    found = sequence.fit(circle, np.zeros((ITEMS, 5), np.float32), 3, earlier=fitted)
    assert all(np.array_equal(table, anew.state[name]) for name, table in found.state.items())
