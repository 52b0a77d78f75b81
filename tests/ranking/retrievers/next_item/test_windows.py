"""Windows of histories, by hand."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from recsys.events.interactions import Interactions
from recsys.ranking.retrievers.next_item.windows import LENGTH, hold_out, windows

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
