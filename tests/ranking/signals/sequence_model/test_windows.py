"""Windows of histories, by hand."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from recsys.events.interactions import Interactions
from recsys.ranking.signals.sequence_model.windows import LENGTH, hold_out, refresh, windows

History = Callable[..., Interactions]


def test_a_history_lies_in_one_window_with_what_follows_each_event(history: History) -> None:
    made = windows(history([(0, 3, 1, 0), (0, 1, -1, 1), (0, 2, 1, 2)], 2, 4), latest_only=False)
    assert made.item[:, :4].tolist() == [[4, 2, 3, 0], [0, 0, 0, 0]]
    assert made.liked[:, :4].tolist() == [[1, 2, 1, 0], [0, 0, 0, 0]]
    assert made.following[:, :4].tolist() == [[0, 3, 0, 0], [0, 0, 0, 0]]


def test_what_is_chosen_again_is_passed_over_unless_it_may_be(history: History) -> None:
    again = history([(0, 3, 1, 0), (0, 1, 1, 1), (0, 3, 1, 2), (0, 2, 1, 3)], 1, 4)
    assert windows(again, latest_only=False).item[0, :4].tolist() == [4, 2, 3, 0]
    repeatable = replace(again, repeatable=np.ones(4, bool))
    assert windows(repeatable, latest_only=False).item[0, :4].tolist() == [4, 2, 4, 3]


def test_a_long_history_is_cut_from_its_end_and_only_the_latest_part_is_asked(history: History) -> None:
    long = history([(1, place, 1, place) for place in range(LENGTH + 2)], 2, LENGTH + 2)
    cut = windows(long, latest_only=False)
    assert (cut.item > 0).sum(axis=1).tolist() == [0, 2, LENGTH]
    assert cut.user.tolist() == [0, 1, 1]
    assert cut.following[1, :2].tolist() == [2, 3]
    latest = windows(long, latest_only=True)
    assert latest.item[1].tolist() == cut.item[2].tolist()


def test_the_latest_event_of_a_quarter_of_the_users_is_held_out_and_no_other(history: History) -> None:
    events = [(user, (user + place) % 99, 1, place) for user in range(8) for place in range(LENGTH + 3)]
    data = windows(history(events, 8, 99), latest_only=False)
    rest, held = hold_out(data, 99, np.random.default_rng(1))
    assert len(held.row) == 2
    assert held.following.tolist() == [user + LENGTH + 3 for user in data.user[held.row]]
    assert not rest.following[held.row, held.place].any()
    assert np.count_nonzero(rest.following) == np.count_nonzero(data.following) - 2


def test_no_more_users_than_asked_for_are_held_out_and_of_a_few_nobody(history: History) -> None:
    data = windows(history([(user, item, 1, item) for user in range(8) for item in range(3)], 8, 3), latest_only=False)
    assert len(hold_out(data, 1, np.random.default_rng(1))[1].row) == 1
    few = windows(history([(0, 0, 1, 0), (0, 1, 1, 1)], 1, 3), latest_only=False)
    assert not len(hold_out(few, 99, np.random.default_rng(1))[1].row)


def test_the_day_of_a_window_is_that_of_its_latest_event(history: History) -> None:
    long = history([(1, place, 1, 10 + place) for place in range(LENGTH + 2)], 2, LENGTH + 2)
    assert windows(long, latest_only=False).day.tolist() == [-np.inf, 11, LENGTH + 11]
    assert windows(long, latest_only=True).day.tolist() == [-np.inf, LENGTH + 11]


def test_only_users_with_an_event_since_then_are_held_out(history: History) -> None:
    events = [(user, item, 1, item + (10 if user in (1, 2, 5, 7) else 0)) for user in range(8) for item in range(3)]
    data = windows(history(events, 8, 3), latest_only=False)
    for seed in range(9):
        assert set(hold_out(data, 99, np.random.default_rng(seed), since=5.0)[1].row) < {1, 2, 5, 7}


def test_windows_with_new_events_come_before_others_up_to_a_number_of_predicted_events(history: History) -> None:
    events = [(user, item, 1, item + (10 if user in (1, 6) else 0)) for user in range(8) for item in range(3)]
    data = windows(history(events, 8, 3), latest_only=False)
    found = [refresh(data, 5.0, most, np.random.default_rng(1)).user.tolist() for most in (1, 4, 6, 99)]
    assert len(found[0]) == 1
    assert set(found[0]) < {1, 6}
    assert found[1] == [1, 6]
    assert len(found[2]) == 3
    assert {1, 6} < set(found[2])
    assert len(found[3]) == 4  # as many events of others as of these two, however many there might be
    assert {1, 6} < set(found[3])
