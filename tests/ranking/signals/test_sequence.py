"""The signal of the sequence model: standard deviations above the mean item."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from recsys.events.interactions import Interactions
from recsys.events.split import Requests, now
from recsys.ranking.signals.sequence import SequenceSignal
from recsys.ranking.signals.sequence_model.network import Network
from recsys.ranking.signals.sequence_model.sequence import Sequence
from tests.kept import kept
from tests.ranking.signals.tables import TODAY, scores

USERS, ITEMS = 12, 30
UNKNOWN = 29
"""An item without events and without a text."""


def histories() -> Interactions:
    """Users who each choose six of the first 28 items in order."""
    item = np.concatenate([(np.arange(6) + 2 * user) % 28 for user in range(USERS)]).astype(np.int32)
    user, day = np.repeat(np.arange(USERS, dtype=np.int32), 6), np.tile(np.arange(6.0), USERS)
    return Interactions(user, item, np.ones(len(item), np.float32), day, USERS, ITEMS)


@pytest.fixture
def signal() -> SequenceSignal:
    """A network before training."""
    directions = np.random.default_rng(6).normal(size=(ITEMS, 4)).astype(np.float32)
    network, rng = Network(torch.tensor(directions)), np.random.default_rng(1)
    weights = {
        name: rng.normal(0, 0.02, table.shape).astype(np.float32) for name, table in network.state_dict().items()
    }
    known = (np.arange(ITEMS) != UNKNOWN).astype(np.float32)
    return SequenceSignal(Sequence(weights, directions, known))


@pytest.fixture
def requests() -> Requests:
    """Everybody, and last somebody without history."""
    return now(replace(histories(), n_users=USERS + 1), TODAY)


def test_a_score_is_how_many_deviations_above_the_mean_item_at_least_0(
    signal: SequenceSignal, requests: Requests
) -> None:
    queries, _ = signal.model.queries(requests)
    logits = queries[:USERS].astype(float) @ signal.model.items.T
    deviations = (logits - logits.mean(axis=1, keepdims=True)) / logits.std(axis=1, keepdims=True)
    expected = np.vstack([np.maximum(deviations, 0) * signal.model.known, np.zeros(ITEMS)])
    assert scores(signal, requests) == pytest.approx(expected, abs=1e-3)


def test_without_history_no_item_has_a_score(signal: SequenceSignal, requests: Requests) -> None:
    assert scores(signal, requests).any(axis=1).tolist() == [True] * USERS + [False]


def test_an_item_without_events_and_text_has_no_score(signal: SequenceSignal, requests: Requests) -> None:
    found = scores(signal, requests)
    assert found[:, :UNKNOWN].any()
    assert not found[:, UNKNOWN].any()


def test_it_is_kept_without_what_is_made_on_demand(signal: SequenceSignal, requests: Requests, tmp_path: Path) -> None:
    before = scores(signal, requests)
    assert {"_index", "_moments"} <= vars(signal).keys()
    read = kept(signal, tmp_path)
    assert vars(read).keys() == {"model", "spec"}
    assert np.array_equal(scores(read, requests), before)
