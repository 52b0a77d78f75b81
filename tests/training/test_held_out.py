from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recsys.events.interactions import Interactions
from recsys.settings import TrainingSettings
from recsys.training.held_out import hold_out, is_cold
from recsys.training.pairs import draw

IDS = [f"item {number}" for number in range(40)]
SETTINGS = TrainingSettings(leave_last=2, cold_item_share=0.3)


def many(history: Callable[..., Interactions]) -> Interactions:
    rng = np.random.default_rng(0)
    events = [
        (user, int(item), 1.0, float(day)) for user in range(20) for day, item in enumerate(rng.permutation(40)[:25])
    ]
    return history(events, 20, 40)


def test_cold_items_are_told_by_their_id_so_every_training_leaves_out_the_same() -> None:
    assert is_cold(IDS[:10], SETTINGS).tolist() == is_cold(IDS, SETTINGS)[:10].tolist()


def test_about_the_share_asked_for_is_cold() -> None:
    assert abs(is_cold([str(number) for number in range(5000)], SETTINGS).mean() - 0.3) < 0.02


def test_no_cold_item_no_answer_and_nothing_after_it_is_trained_on(history: Callable[..., Interactions]) -> None:
    given_all = many(history)
    cut = hold_out(given_all, IDS, SETTINGS)
    assert not cut.cold[cut.train.item].any()
    for split in (cut.warm, cut.cold_items):
        for row, user in enumerate(split.requests.user):
            wanted = split.targets[row].indices
            own = cut.train.user == user
            asked_at = given_all.day[(given_all.user == user) & np.isin(given_all.item, wanted)].min()
            assert not np.isin(cut.train.item[own], wanted).any()
            assert (cut.train.day[own] < asked_at).all()


def test_cold_items_are_asked_for_by_users_who_know_others(history: Callable[..., Interactions]) -> None:
    cut = hold_out(many(history), IDS, SETTINGS)
    assert len(cut.cold_items.requests) == 20
    assert cut.cold[cut.cold_items.targets.indices].all()


def test_a_pair_is_two_items_of_one_user(history: Callable[..., Interactions]) -> None:
    train = history([(0, 0, 1, 0), (0, 1, 1, 1), (1, 2, 1, 0), (1, 3, 1, 1), (2, 4, 1, 0)], 3, 6)
    made = draw(train, np.array([True] * 5 + [False]), 200, 3, np.random.default_rng(0))
    assert {frozenset(pair) for pair in zip(made.anchor.tolist(), made.positive.tolist(), strict=True)} == {
        frozenset({0, 1}),
        frozenset({2, 3}),
    }
    assert set(made.negative.ravel().tolist()) == {0, 1, 2, 3, 4}


def test_hard_negatives_are_the_items_of_most_alike_texts(history: Callable[..., Interactions]) -> None:
    train = history([(0, 0, 1, 0), (0, 100, 1, 1)], 1, 200)
    angles = np.linspace(0, 3, 200)
    directions = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    made = draw(train, np.ones(200, bool), 50, 4, np.random.default_rng(0), 0.5, directions)
    distance = np.abs(made.negative[:, 2:] - made.positive[:, None])
    assert distance.min() > 0
    assert distance.max() <= 50


@given(st.integers(0, 1000))
def test_negatives_are_usable_items_only(seed: int) -> None:
    rng = np.random.default_rng(seed)
    usable = rng.random(30) < 0.5
    usable[:2] = True
    single = Interactions(np.zeros(2, np.int32), np.array([0, 1], np.int32), np.ones(2, np.float32), np.zeros(2), 1, 30)
    assert usable[draw(single, usable, 20, 3, rng).negative].all()
