"""What is hidden from a history for the comparison of action weights, worked out by hand."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from benchmarks.quality.action_weights import equal, held_out
from recsys.events.interactions import Interactions

VIEW, BUY = 0.2, 1.0
History = Callable[..., Interactions]


def shop(history: History) -> tuple[Interactions, Interactions]:
    """User 0 views seven items and buys the last; user 1 views seven and buys none; user 2 buys all they have seen."""
    views = [(user, item, VIEW, float(item)) for user in (0, 1) for item in range(7)]
    seen = history([*views, (0, 6, BUY, 7.0), (2, 0, BUY, 1.0), (2, 1, BUY, 2.0)], 3, 8)
    return seen, replace(seen, weight=np.where(seen.weight == np.float32(BUY), 1, 0).astype(np.float32))


def test_a_bought_item_is_asked_for_and_none_of_the_users_events_with_it_is_known(history: History) -> None:
    known, split = held_out(*shop(history))
    assert split.requests.user.tolist() == [0]
    assert split.targets.toarray().tolist() == [[0, 0, 0, 0, 0, 0, 1, 0]]
    assert known.item[known.user == 0].tolist() == [0, 1, 2, 3, 4, 5]
    assert split.requests.history.item.tolist() == [0, 1, 2, 3, 4, 5]


def test_what_others_did_with_the_item_stays_known(history: History) -> None:
    known, _ = held_out(*shop(history))
    assert known.item[known.user == 1].tolist() == list(range(7))
    assert known.item[known.user == 2].tolist() == [0, 1]


def test_equal_weights_keep_the_sign_alone(history: History) -> None:
    given = history([(0, 0, VIEW, 1.0), (0, 1, -0.5, 2.0), (0, 2, 3.0, 3.0), (0, 3, 0.0, 4.0)], 1, 4)
    made = equal(replace(given, grade=given.weight))
    assert made.weight.tolist() == [1, -1, 1, 0]
    assert made.grade is None
