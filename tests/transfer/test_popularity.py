from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.events.interactions import Interactions
from recsys.transfer.popularity import INTRODUCTION, Arrivals, introductions, popularity

History = Callable[..., Interactions]
Histories = st.SearchStrategy[Interactions]
MOMENTS = st.lists(st.integers(0, 40), min_size=1, max_size=6).map(lambda days: np.array(days, float))


def test_positives_before_each_time_are_counted_and_fade(history: History) -> None:
    some = history([(0, 0, 1, 0), (1, 0, 2, 10), (1, 1, 0.5, 10), (0, 1, -1, 5)], 2, 3)
    assert popularity(some, np.array([20.0, 0.0, 10.0]), half_life_days=10).tolist() == [
        [0.75, 0.5, 0],
        [0, 0, 0],
        [0.5, 0, 0],
    ]


def test_nobody_chose_anything(history: History) -> None:
    assert popularity(history([], 1, 2), np.array([3.0]), half_life_days=10).tolist() == [[0, 0]]


def test_a_time_without_end_is_allowed(history: History) -> None:
    at = np.array([np.inf, 1.0])
    assert popularity(history([(0, 0, 1, 0)], 1, 1), at, half_life_days=1).tolist() == [[0], [0.5]]


@given(data=st.data(), at=MOMENTS)
def test_events_at_or_after_a_time_change_nothing(histories: Histories, data: st.DataObject, at: np.ndarray) -> None:
    some = data.draw(histories)
    for place, time in enumerate(at):
        past = some.take(some.day < time)
        assert popularity(past, at, 7)[place] == pytest.approx(popularity(some, at, 7)[place], abs=1e-6)


@given(data=st.data(), at=MOMENTS)
def test_times_asked_together_and_alone_agree_with_the_plain_sum(
    histories: Histories, data: st.DataObject, at: np.ndarray
) -> None:
    some = data.draw(histories)
    together = popularity(some, at, 7)
    for row, time in zip(together, at, strict=True):
        counts = some.first_positive & (some.day < time)
        plain = np.bincount(some.item[counts], 2.0 ** (-(time - some.day[counts]) / 7), minlength=6)
        assert row == pytest.approx(plain, abs=1e-6)
        assert popularity(some, np.array([time]), 7)[0] == pytest.approx(row, abs=1e-6)


@given(data=st.data(), at=MOMENTS)
def test_popularity_of_interests_is_that_of_their_items(
    histories: Histories, data: st.DataObject, at: np.ndarray
) -> None:
    some = data.draw(histories)
    membership = np.array([[1, 0], [0, 1], [0.5, 0.5], [0.25, 0.75], [1, 0], [0, 1]], np.float32)
    expected = popularity(some, at, 7) @ membership
    assert popularity(some, at, 7, membership) == pytest.approx(expected, abs=1e-5)


@given(data=st.data(), order=st.permutations(range(5)))
def test_who_chose_does_not_matter(histories: Histories, data: st.DataObject, order: list[int]) -> None:
    some = data.draw(histories)
    moved = some.of_users(np.array(order, np.int32))
    at = np.array([10.0, 31.0])
    assert popularity(moved, at, 7) == pytest.approx(popularity(some, at, 7), abs=1e-6)


def test_an_item_is_popular_by_those_who_chose_it_not_by_how_often_each_did(history: History) -> None:
    plays = history([*((0, 0, 1, day) for day in range(9)), (1, 1, 1, 0), (2, 1, 1, 0)], 3, 2)
    assert popularity(plays, np.array([9.0]), half_life_days=1e9).tolist() == [[1, 2]]


def test_new_users_positives_are_the_first_ones_of_everybody(history: History) -> None:
    old = [(0, 0, 1, day) for day in range(INTRODUCTION)] + [(0, 1, 1, day) for day in range(INTRODUCTION, 40)]
    known = history([*old, (1, 2, 1, 39), (1, 1, -1, 39)], 2, 3)
    some = replace(known, repeatable=np.ones(42, bool))
    at = np.array([40.0, 10.0])
    assert popularity(introductions(some), at, half_life_days=1e9).tolist() == [[INTRODUCTION, 0, 1], [10, 0, 0]]


@given(data=st.data())
def test_of_short_histories_everything_is_an_introduction(histories: Histories, data: st.DataObject) -> None:
    few = (some := data.draw(histories)).take(some.order_from_start < 5)
    assert np.array_equal(introductions(few).item, few.first_positives.item)


@given(data=st.data(), at=MOMENTS)
def test_the_clock_of_arrivals_rises_with_the_days_and_knows_nothing_of_what_comes(
    histories: Histories, data: st.DataObject, at: np.ndarray
) -> None:
    some = data.draw(histories)
    days = np.arange(41.0)
    read = Arrivals.of(some).read(days)
    assert (np.diff(read) > 0)[days[:-1] >= some.day.min(initial=41)].all()
    for time in at:
        past = Arrivals.of(some.take(some.day <= time))
        assert past.read(days)[days <= time] == pytest.approx(read[days <= time])
