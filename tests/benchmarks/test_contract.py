"""What every peer of the main environment must do. The others need an environment that takes minutes to build and 3 GB:
`make bench-quality` builds it and fails loudly, CI does not, and no test here depends on it."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.quality import cuts
from benchmarks.quality.compare import cut_of
from benchmarks.quality.contract import Answers, Family, Peer, Task, top
from benchmarks.quality.here import Here
from benchmarks.quality.roster import PEERS, TRIES
from benchmarks.quality.tuning import Catalogue, judged
from recsys.events.interactions import Interactions

Change = Callable[[Interactions, Interactions], Interactions]

HERE = [peer for peer in PEERS if isinstance(peer, Here)]
LEARNING = [peer for peer in HERE if "popularity" not in peer.name and "cold" in peer.families]


@pytest.fixture(scope="module")
def task(checkerboard: Interactions, catalogue: Catalogue) -> Task:
    return catalogue.task(cuts.warm(checkerboard, 2))


def ask(peer: Peer, task: Task) -> Answers:
    """Answers of its first configuration."""
    return peer.answer(task, peer.configurations[:1], seed=0)[0]


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_a_peer_has_no_more_tries_than_the_others_may_have(peer: Peer) -> None:
    assert 1 <= len(peer.configurations) <= TRIES
    assert len({tuple(configuration.items()) for configuration in peer.configurations}) == len(peer.configurations)


@pytest.mark.parametrize("peer", HERE, ids=lambda peer: peer.name)
def test_a_list_holds_every_open_item_once_and_no_closed_one(peer: Peer, task: Task) -> None:
    for row, items in enumerate(ask(peer, task).items):
        assert sorted(items[items >= 0].tolist()) == np.flatnonzero(~task.closed[row]).tolist()


@pytest.mark.parametrize("peer", LEARNING, ids=lambda peer: peer.name)
def test_the_planted_half_of_the_items_comes_first(peer: Peer, task: Task) -> None:
    for user, items, closed in zip(task.requests.user, ask(peer, task).items, task.closed, strict=True):
        mine = np.flatnonzero(~closed & (np.arange(len(closed)) % 2 == user % 2))
        assert set(items[: len(mine)].tolist()) == set(mine.tolist())


@pytest.mark.parametrize("peer", LEARNING, ids=lambda peer: peer.name)
def test_a_newcomer_is_answered_by_the_history_that_was_revealed(
    peer: Peer, checkerboard: Interactions, catalogue: Catalogue
) -> None:
    cut = cuts.cold(checkerboard)
    found = judged(ask(peer, catalogue.task(cut)).items, cut)
    assert found["cold-5"].mean() > 1.3 * found["cold-0"].mean()


@pytest.mark.parametrize("peer", HERE, ids=lambda peer: peer.name)
def test_a_request_is_answered_alone_as_it_is_among_others(peer: Peer, task: Task) -> None:
    rows = np.array([30, 7], np.int32)
    alone = ask(peer, replace(task, requests=task.requests.part(rows), within=task.within[rows]))
    assert np.array_equal(alone.items, ask(peer, task).items[rows])


@pytest.mark.parametrize("peer", HERE, ids=lambda peer: peer.name)
def test_the_answers_of_several_configurations_are_those_of_each_alone(peer: Peer, task: Task) -> None:
    together = peer.answer(task, peer.configurations, seed=0)
    alone = [peer.answer(task, [configuration], seed=1)[0] for configuration in peer.configurations]
    assert all(np.array_equal(joint.items, other.items) for joint, other in zip(together, alone, strict=True))


def test_the_best_are_cut_off_by_score_and_ties_go_to_the_popular() -> None:
    scores = np.array([[5.0, 1.0, 1.0, 1.0, 9.0], [-np.inf, -3.0, -np.inf, np.nan, -2.0]], np.float32)
    popular = np.array([[0.0, 1.0, 3.0, 2.0, 0.0], [1.0, 0.0, 2.0, 3.0, 0.0]], np.float32)
    closed = np.array([[False, False, False, False, True], [False] * 5])
    items, found = top(scores, popular, closed, 3)
    assert items.tolist() == [[0, 2, 3], [4, 1, 3]]
    assert found.tolist() == [[5.0, 1.0, 1.0], [-2.0, -3.0, 0.0]]


def test_a_list_without_enough_open_items_is_left_short() -> None:
    scores = np.array([[1.0, 2.0]], np.float32)
    assert top(scores, scores, np.array([[False, True]]), 3)[0].tolist() == [[0, -1, -1]]


@pytest.mark.parametrize(
    ("peer", "family"),
    [(peer, family) for peer in HERE for family in peer.families],
    ids=lambda argument: getattr(argument, "name", argument),
)
def test_what_is_hidden_changes_no_answer(
    peer: Peer, family: Family, checkerboard: Interactions, catalogue: Catalogue, changed: Change
) -> None:
    cut = cut_of(checkerboard, family, catalogue)
    other = cut_of(changed(checkerboard, cut.known), family, catalogue)
    first = next(iter(cut.splits))  # of several the one in which a newcomer shows nothing
    task, same = (catalogue.task(replace(variant, splits={first: variant.splits[first]})) for variant in (cut, other))
    assert np.array_equal(ask(peer, task).items, ask(peer, same).items)
