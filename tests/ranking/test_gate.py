"""Lessons in which donors are known to tell everything, or nothing."""

import numpy as np
import pytest

from recsys.ranking.features import EVENTS, Candidates
from recsys.ranking.gate import better, gains, worse
from recsys.ranking.lessons import Lesson, without_transfer
from recsys.ranking.ranker import FEW, Ranker, silenced, train

NAMES = ("own", "own standing", "donors' items", "donors' items standing", EVENTS)
ITEMS = 10


def lesson(seed: int, donors_know: bool, events: int, n_requests: int = 120) -> Lesson:
    """Of ten candidates of a request, the two of the highest score of one retriever were chosen; the last is a donor's.

    What the other retriever says is chance.
    """
    own, donors = np.random.default_rng(seed).uniform(0.1, 1, (2, n_requests, ITEMS))
    own[:, -1] = 0.01
    truth = donors if donors_know else own
    chosen = truth >= np.sort(truth, axis=1)[:, [-2]]
    nominated = np.where(np.arange(ITEMS) == ITEMS - 1, -1.0, own)
    known = np.full(own.shape, np.log1p(events))
    features = np.stack([own, nominated, donors, donors, known], axis=2).reshape(-1, 5).astype(np.float32)
    request, item = (part.astype(np.int32) for part in np.divmod(np.arange(len(features)), ITEMS))
    transfers = np.array([False, False, True, True, False])
    return Lesson(Candidates(request, item, features, NAMES, transfers, n_requests), chosen.ravel().astype(np.float32))


@pytest.fixture(scope="module")
def ranker() -> Ranker:
    """Trained where donors know all about those of whom little is known, and nothing about the rest."""
    of_few = [lesson(seed, donors_know=True, events=1, n_requests=300) for seed in (0, 1)]
    of_many = [lesson(seed, donors_know=False, events=50, n_requests=300) for seed in (2, 3)]
    return train([*of_few, *of_many], seed=7)


def test_donors_who_know_all_help() -> None:
    assert better(gains([lesson(0, True, 1), lesson(1, True, 1)], seed=7))


def test_donors_who_know_nothing_do_not_help() -> None:
    assert not better(gains([lesson(0, False, 1), lesson(1, False, 1)], seed=7))


def test_one_kind_of_lesson_in_which_they_help_is_enough() -> None:
    assert better(gains([lesson(0, False, 50), lesson(1, True, 50)], seed=7))


def test_a_few_requests_make_nothing_clear() -> None:
    assert not better(gains([lesson(0, True, 1, n_requests=15)], seed=7))


def test_they_do_harm_where_the_loss_is_clear_in_all_lessons_together() -> None:
    loss, nothing = np.array([0.0, -0.01] * 50), np.zeros(0)
    assert worse([loss, nothing])
    assert not worse([loss, 2 - loss])
    assert not worse([nothing])


def test_each_part_listens_where_it_helped(ranker: Ranker) -> None:
    assert (ranker.few.hears, ranker.many.hears) == (True, False)
    assert set(ranker.few.trees.names) == set(NAMES)
    assert ranker.many.trees.names == ("own", "own standing", EVENTS)


def test_what_only_donors_named_is_heard_where_they_have_a_say(ranker: Ranker) -> None:
    for events, left in ((1, ITEMS), (FEW, ITEMS), (FEW + 1, ITEMS - 1)):
        asked = lesson(9, True, events, n_requests=2).candidates
        assert ranker.heard(asked).item.tolist() == 2 * list(range(left))


def test_without_a_say_the_order_is_that_of_the_arm_without_donors(ranker: Ranker) -> None:
    learnt = [lesson(seed, donors_know=False, events=50, n_requests=300) for seed in (2, 3)]
    alone, asked = silenced(ranker, learnt, seed=7), lesson(9, False, 50).candidates
    assert (alone.few.hears, alone.many) == (False, ranker.many)
    assert ranker.score(ranker.heard(asked)).tolist() == alone.score(asked.without_transfer()).tolist()
    assert train(without_transfer(learnt), seed=7).many == ranker.many


def test_each_request_is_scored_by_its_own_part(ranker: Ranker) -> None:
    few, many = lesson(9, True, 1).candidates, lesson(9, True, 50).candidates
    assert ranker.score(few).tolist() == ranker.few.trees.score(few).tolist()
    assert ranker.score(many).tolist() == ranker.many.trees.score(many).tolist()
    assert ranker.terms(many).sum(axis=1) == pytest.approx(ranker.score(many), abs=1e-4)


def test_where_one_part_has_too_few_lessons_it_learns_from_all() -> None:
    ranker = train([lesson(0, True, 1, n_requests=300)], seed=7)
    assert ranker.few.trees == ranker.many.trees
