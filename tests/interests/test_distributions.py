from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.events.interactions import Interactions
from recsys.interests.distributions import observe

History = Callable[..., Interactions]
Histories = st.SearchStrategy[Interactions]

MEMBERSHIP = np.array([[1, 0], [0, 1], [0.5, 0.5], [0.25, 0.75], [1, 0], [0, 1]], np.float32)
TWO_TASTES = MEMBERSHIP[:3]


def test_a_distribution_is_the_weighted_mean_of_what_was_chosen(history: History) -> None:
    seen = observe(history([(0, 0, 2, 0), (0, 1, 1, 0), (0, 2, 1, 0)], 1, 3), TWO_TASTES, half_life_days=10)
    assert seen.distribution.tolist() == [[0.625, 0.375]]
    assert (seen.evidence.tolist(), seen.events.tolist()) == ([4], [3])


def test_older_events_count_less(history: History) -> None:
    seen = observe(history([(0, 0, 1, 0), (0, 1, 1, 20)], 1, 3), TWO_TASTES, half_life_days=10)
    assert seen.distribution.tolist() == [pytest.approx([0.2, 0.8])]
    assert (seen.evidence.tolist(), seen.events.tolist()) == ([1.25], [2])


def test_a_dislike_is_no_evidence(history: History) -> None:
    seen = observe(history([(0, 0, 1, 0), (0, 1, -1, 0), (1, 1, -1, 0)], 2, 3), TWO_TASTES, half_life_days=10)
    assert seen.distribution.tolist() == [[1, 0], [0, 0]]
    assert (seen.evidence.tolist(), seen.events.tolist()) == ([1, 0], [1, 0])


def test_tastes_of_long_ago_still_make_a_whole_distribution(history: History) -> None:
    seen = observe(history([(0, 0, 1, 0), (0, 1, -1, 1000)], 1, 3), TWO_TASTES, half_life_days=10)
    assert 0 < seen.evidence[0] < 1e-29
    assert seen.distribution.tolist() == [pytest.approx([1, 0])]


@given(data=st.data(), half_life=st.floats(1, 1000))
def test_rows_sum_to_1_with_evidence_and_to_0_without(
    histories: Histories, data: st.DataObject, half_life: float
) -> None:
    seen = observe(data.draw(histories), MEMBERSHIP, half_life)
    assert seen.distribution.sum(axis=1) == pytest.approx((seen.evidence > 0).astype(float), abs=1e-5)
    assert ((seen.evidence > 0) == (seen.events > 0)).all()
    assert (seen.distribution >= 0).all()


@given(data=st.data(), users=st.lists(st.integers(0, 4), min_size=1, max_size=8))
def test_a_user_is_the_same_alone_and_among_others_in_any_order(
    histories: Histories, data: st.DataObject, users: list[int]
) -> None:
    some = data.draw(histories)
    everyone, selected = (
        observe(some, MEMBERSHIP, 30),
        observe(some.of_users(np.array(users, np.int32)), MEMBERSHIP, 30),
    )
    assert np.array_equal(selected.distribution, everyone.distribution[users])
    assert np.array_equal(selected.evidence, everyone.evidence[users])
