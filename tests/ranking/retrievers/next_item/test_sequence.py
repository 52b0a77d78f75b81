"""The sequence model: planted orders recovered."""

from collections.abc import Collection

import numpy as np
import pytest

from recsys.events.interactions import Floats, Interactions
from recsys.events.split import now
from recsys.interests.distributions import observe
from recsys.ranking.retrievers.next_item import sequence
from recsys.transfer.model import Profiles
from tests.cuda import with_cuda

ITEMS = 12


def asked(known: Interactions, directions: Floats, *history: int) -> Floats:
    """Scores for somebody with that history, by a model of `known`."""
    return scores_of(sequence.fit(known, directions, seed=3), history)


def scores_of(made: sequence.Sequence, history: Collection[int]) -> Floats:
    item = np.array(history, np.int32)
    day = np.arange(len(item), dtype=np.float64)
    theirs = Interactions(np.zeros(len(item), np.int32), item, np.ones(len(item), np.float32), day, 1, ITEMS)
    requests = now(theirs, 99.0)
    observed = observe(requests.history, np.ones((ITEMS, 1), np.float32), 365)
    empty = np.zeros((len(requests), 1), np.float32)
    nobody = Profiles(observed, empty, empty[:, 0], empty, np.zeros(len(requests), np.int32), empty, {})
    return made.score(requests, nobody)


@pytest.fixture
def circle() -> Interactions:
    """Sixty users who go round the first eleven items in order, each from another start; nobody takes the last."""
    item = np.concatenate([(np.arange(9) + user) % (ITEMS - 1) for user in range(60)]).astype(np.int32)
    day = np.tile(np.arange(9.0), 60)
    return Interactions(
        np.repeat(np.arange(60, dtype=np.int32), 9), item, np.ones(len(item), np.float32), day, 60, ITEMS
    )


def test_the_order_in_which_people_choose_is_learnt(circle: Interactions) -> None:
    directions = np.zeros((ITEMS, 4), np.float32)
    assert asked(circle, directions, 3, 4, 5).argmax() == 6
    assert asked(circle, directions, 8, 9).argmax() == 10


def test_an_item_that_nobody_chose_scores_only_when_its_text_is_known(circle: Interactions) -> None:
    directions = np.eye(ITEMS, dtype=np.float32)
    directions[-1] = directions[6]
    assert asked(circle, directions, 3, 4, 5)[0, -1] > 0
    directions[-1] = 0.0
    assert asked(circle, directions, 3, 4, 5)[0, -1] == 0


def test_who_has_no_history_gets_no_score(circle: Interactions) -> None:
    assert not asked(circle, np.zeros((ITEMS, 4), np.float32)).any()


@with_cuda
def test_what_a_gpu_has_learnt_answers_on_the_cpu(circle: Interactions) -> None:
    made = sequence.fit(circle, np.zeros((ITEMS, 4), np.float32), 3, "cuda")
    assert {weights.device.type for weights in made.state.values()} == {"cpu"}
    assert scores_of(made, [3, 4, 5]).argmax() == 6
    assert scores_of(made, [8, 9]).argmax() == 10


def test_the_same_seed_makes_the_same_model(circle: Interactions) -> None:
    directions = np.zeros((ITEMS, 4), np.float32)
    assert np.array_equal(asked(circle, directions, 1, 2), asked(circle, directions, 1, 2))
