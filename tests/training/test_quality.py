from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from recsys.events.interactions import Interactions
from recsys.events.split import leave_last
from recsys.settings import TrainingSettings
from recsys.training.held_out import hold_out
from recsys.training.quality import mean_rank, summary, table, top

VECTORS = np.array([[1, 0], [0, 1], [0.9, 0.1], [0.1, 0.9], [-1, 0]], np.float32)


def test_the_most_alike_unseen_item_stands_first(history: Callable[..., Interactions]) -> None:
    _, split = leave_last(history([(0, 0, 1, 0), (0, 2, 1, 1)], 1, 5), 1)
    assert top(VECTORS, split, np.ones(5, bool), "max", 3).tolist() == [[2, 3, 1]]


def test_a_list_holds_the_pool_alone_and_is_short_where_the_pool_is(history: Callable[..., Interactions]) -> None:
    _, split = leave_last(history([(0, 0, 1, 0), (0, 2, 1, 1)], 1, 5), 1)
    assert top(VECTORS, split, np.array([True, True, False, False, False]), "max", 3).tolist() == [[1, -1, -1]]


def test_the_mean_rank_is_the_geometric_mean_of_places_among_unseen_items(history: Callable[..., Interactions]) -> None:
    _, split = leave_last(history([(0, 0, 1, 0), (0, 2, 1, 1), (1, 0, 1, 0), (1, 4, 1, 1)], 2, 5), 1)
    assert mean_rank(VECTORS, split, np.ones(5, bool), "max") == pytest.approx((1 * 4) ** 0.5)
    assert mean_rank(VECTORS, split, np.array([True, False, False, False, True]), "max") == 1.0
    assert mean_rank(VECTORS, split, np.array([True, False, False, False, False]), "max") == 1.0


def test_a_mean_of_two_tastes_is_like_neither(history: Callable[..., Interactions]) -> None:
    _, split = leave_last(history([(0, 0, 1, 0), (0, 4, 1, 1), (0, 1, 1, 2)], 1, 5), 1)
    everything = np.ones(5, bool)
    assert top(VECTORS, split, everything, "max", 1).tolist() == [[2]]
    assert top(VECTORS, split, everything, "mean", 1).tolist() == [[1]]


def test_users_are_told_apart_by_evidence_and_cold_items_stand_alone(history: Callable[..., Interactions]) -> None:
    rng = np.random.default_rng(0)
    events = [
        (user, int(item), 1.0, float(day))
        for user, count in enumerate((8, 20, 50))
        for day, item in enumerate(rng.permutation(60)[:count])
    ]
    cut = hold_out(history(events, 3, 60), [str(item) for item in range(60)], TrainingSettings(leave_last=2))
    made = table(rng.normal(size=(60, 4)).astype(np.float32), cut, ["a", "b", "c"])
    warm = made[made.protocol == "warm"]
    assert dict(zip(warm.user_id, warm.segment, strict=True)) == {"a": "cold", "b": "medium", "c": "heavy"}
    assert set(made[made.protocol == "cold-items"].segment) == {"cold items"}
    figures = summary(made, 100, 0)
    assert {"all", "cold", "medium", "heavy", "cold items"} == set(figures.segment)
    assert (figures.low <= figures.value).all()
