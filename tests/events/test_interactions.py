from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.events.interactions import Interactions, decayed

History = Callable[..., Interactions]
Histories = st.SearchStrategy[Interactions]


def rows(of: Interactions) -> list[tuple[float, ...]]:
    columns = (of.user.tolist(), of.item.tolist(), of.weight.tolist(), of.day.tolist())
    return list(zip(*columns, strict=True))


def of_user(interactions: Interactions, user: int) -> list[tuple[float, ...]]:
    return [row[1:] for row in rows(interactions) if row[0] == user]


@pytest.fixture
def five(history: History) -> Interactions:
    """User 0: for 1, against 2, for 0; user 1: nothing; user 2: for 1, for 1 again."""
    events = [(0, 1, 1, 0), (0, 2, -1, 10), (0, 0, 2, 20), (2, 1, 0.5, 3), (2, 1, 1, 4)]
    return history(events, 3, 3)


def test_order_counts_positive_events_before_and_after(five: Interactions) -> None:
    assert five.order_from_start.tolist() == [0, 1, 1, 0, 1]
    assert five.order_from_end.tolist() == [1, 1, 0, 1, 0]


def test_the_first_positive_event_with_an_item_is_a_choice_and_a_repeatable_one_always(five: Interactions) -> None:
    assert five.first_positive.tolist() == [True, False, True, True, False]
    assert replace(five, repeatable=np.ones(5, bool)).first_positive.tolist() == [True, False, True, True, True]
    assert five.first_positives.order_from_end.tolist() == [1, 0, 0]
    assert five.latest(1).tolist() == [False, False, True, True, False]


def test_a_user_without_events_has_no_last_day(five: Interactions) -> None:
    assert five.last_day.tolist() == [20, -np.inf, 4]
    assert five.starts.tolist() == [0, 3, 3, 5]


def test_matrices_say_whether_and_not_how_often(five: Interactions) -> None:
    assert five.positives.toarray().tolist() == [[1, 1, 0], [0, 0, 0], [0, 1, 0]]
    assert five.seen.toarray().tolist() == [[1, 1, 1], [0, 0, 0], [0, 1, 0]]


def test_weight_halves_back_from_the_users_own_latest_event(five: Interactions) -> None:
    assert decayed(five, half_life_days=10).tolist() == pytest.approx([0.25, 0, 2, 0.5 * 2**-0.1, 1])


def test_users_are_taken_in_the_order_given_and_may_come_twice(five: Interactions) -> None:
    taken = five.of_users(np.array([2, 1, 2], np.int32))
    assert rows(taken) == [(0, 1, 0.5, 3), (0, 1, 1, 4), (2, 1, 0.5, 3), (2, 1, 1, 4)]
    assert taken.n_users == 3
    assert five.of_users(np.array([], np.int32)).n_users == 0


def test_events_that_weigh_nothing_move_no_clock(history: History) -> None:
    tagged = history([(0, 0, 1, 0), (0, 1, 0, 50), (1, 0, 0, 60)], 2, 2)
    assert tagged.last_day.tolist() == [0, -np.inf]
    assert tagged.end == 0
    assert decayed(tagged, half_life_days=10).tolist() == [1, 0, 0]


@given(data=st.data())
def test_of_users_gives_each_the_events_they_had(histories: Histories, data: st.DataObject) -> None:
    all_of_them = data.draw(histories)
    rows = data.draw(st.lists(st.integers(0, all_of_them.n_users - 1), max_size=8))
    taken = all_of_them.of_users(np.array(rows, np.int32))
    for row, user in enumerate(rows):
        assert of_user(taken, row) == of_user(all_of_them, user)
    assert np.all(np.diff(taken.user) >= 0)


@given(data=st.data())
def test_orders_from_both_ends_and_the_event_itself_make_the_users_total(
    histories: Histories, data: st.DataObject
) -> None:
    some = data.draw(histories)
    total = np.bincount(some.user[some.positive], minlength=some.n_users)[some.user]
    assert (some.order_from_start + some.order_from_end + some.positive == total).all()


@given(data=st.data(), half_life=st.floats(0.1, 1000))
def test_decay_only_ever_takes_away(histories: Histories, data: st.DataObject, half_life: float) -> None:
    some = data.draw(histories)
    assert (decayed(some, half_life) >= 0).all()
    assert (decayed(some, half_life) <= np.maximum(some.weight, 0)).all()
    latest = some.day == some.last_day[some.user]
    assert np.array_equal(decayed(some, half_life)[latest], np.maximum(some.weight, 0)[latest])
