from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.events.interactions import Interactions
from recsys.events.split import (
    Split,
    ask,
    last_visit,
    later,
    leave_last,
    now,
    one_cut,
    requested_at,
    reveal,
    sample,
    stack,
)

History = Callable[..., Interactions]
Histories = st.SearchStrategy[Interactions]


@pytest.fixture
def shop(history: History) -> Interactions:
    """User 0 chose 0, 1, 2, 3 and disliked 4 in between; user 1 chose 0; user 2 chose 1, then 0, then 1 again."""
    return history(
        [
            (0, 0, 1, 1),
            (0, 1, 1, 2),
            (0, 4, -1, 3),
            (0, 2, 1, 4),
            (0, 3, 1, 5),
            (1, 0, 1, 9),
            (2, 1, 1, 6),
            (2, 0, 1, 7),
            (2, 1, 1, 8),
        ],
        3,
        5,
    )


def asked(split: Split) -> list[tuple[int, float, list[int], list[int]]]:
    """User, moment, items of the history and items wanted, of each request."""
    requests = split.requests
    return [
        (
            int(requests.user[row]),
            float(requests.at[row]),
            requests.history.item[requests.history.user == row].tolist(),
            split.targets[[row]].indices.tolist(),
        )
        for row in range(len(requests))
    ]


def test_now_asks_for_every_user_with_all_they_did(shop: Interactions) -> None:
    requests = now(shop, 10.0)
    assert requests.history is shop
    assert (requests.at.tolist(), requests.user.tolist()) == ([10, 10, 10], [0, 1, 2])


def test_leave_last_hides_the_latest_positives(shop: Interactions) -> None:
    known, split = leave_last(shop, 1)
    assert asked(split) == [(0, 5.0, [0, 1, 4, 2], [3]), (2, 7.0, [1], [0])]
    assert known.item.tolist() == [0, 1, 4, 2, 0, 1]
    assert known.user.tolist() == [0, 0, 0, 0, 1, 2]


def test_what_was_chosen_before_is_no_choice(shop: Interactions) -> None:
    """User 2 has three positive events and made two choices."""
    assert [request[0] for request in asked(leave_last(shop, 2)[1])] == [0]
    assert [request[0] for request in asked(reveal(shop, 2, 1))] == [0]


def test_nobody_is_asked_for_what_they_had_seen_before_they_chose_it(history: History) -> None:
    """User 0 looked at item 1 before; user 1 at item 2, and chose another as well."""
    shop = history(
        [(0, 0, 1, 1), (0, 1, 0, 2), (0, 1, 1, 3), (1, 2, 0, 1), (1, 0, 1, 2), (1, 2, 1, 3), (1, 3, 1, 4)], 2, 4
    )
    assert asked(leave_last(shop, 1)[1]) == [(1, 4.0, [2, 0, 2], [3])]
    assert asked(leave_last(shop, 2)[1]) == [(1, 3.0, [2, 0], [3])]


def test_leave_last_hides_what_was_done_between_the_hidden_events(shop: Interactions) -> None:
    known, split = leave_last(shop, 3)
    assert asked(split) == [(0, 2.0, [0], [1, 2, 3])]
    assert 4 not in known.item


def test_reveal_shows_the_first_positives_and_wants_the_next(shop: Interactions) -> None:
    assert asked(reveal(shop, 1, 2)) == [(0, 2.0, [0], [1, 2]), (2, 7.0, [1], [0])]
    assert asked(reveal(shop, 2, 1)) == [(0, 4.0, [0, 1, 4], [2])]


def test_reveal_of_nothing_asks_at_the_first_choice(shop: Interactions) -> None:
    assert asked(reveal(shop, 0, 1)) == [(0, 1.0, [], [0]), (1, 9.0, [], [0]), (2, 6.0, [], [1])]


def test_stacked_splits_keep_their_order(shop: Interactions) -> None:
    first, second = reveal(shop, 1, 2), reveal(shop, 2, 1)
    both = stack([first, second])
    assert asked(both) == asked(first) + asked(second)
    assert both.requests.history.n_users == len(both.requests) == both.targets.shape[0] == 3


def test_a_part_of_the_requests_comes_in_the_order_given(shop: Interactions) -> None:
    requests = reveal(shop, 0, 1).requests.part(np.array([2, 0], np.int32))
    assert (requests.user.tolist(), requests.at.tolist()) == ([2, 0], [6, 1])


def test_a_sample_is_so_many_of_the_requests_in_their_order(shop: Interactions) -> None:
    whole = reveal(shop, 0, 1)
    assert sample(whole, 3, np.random.default_rng(0)) is whole
    some = asked(sample(whole, 2, np.random.default_rng(0)))
    assert len(some) == 2
    assert some == [request for request in asked(whole) if request in some]
    assert some == asked(sample(whole, 2, np.random.default_rng(0)))


SPLITS: list[Callable[[Interactions, int], Split]] = [
    lambda some, count: leave_last(some, count + 1)[1],
    lambda some, count: reveal(some, count, 3),
    lambda some, _: last_visit(some)[1],
]


@pytest.mark.parametrize("cut", SPLITS, ids=["leave last", "reveal", "last visit"])
@given(data=st.data(), count=st.integers(0, 4))
def test_a_request_knows_nothing_later_and_wants_nothing_known(
    histories: Histories, cut: Callable[[Interactions, int], Split], data: st.DataObject, count: int
) -> None:
    some = data.draw(histories)
    split = cut(some, count)
    requests = split.requests
    assert (requests.history.day <= requests.at[requests.history.user]).all()
    assert split.targets.multiply(requests.history.seen).nnz == 0
    assert len(split.requests) == split.targets.shape[0] == requests.history.n_users
    wanted = split.targets.tocoo()
    assert (some.positives.toarray()[requests.user[wanted.row], wanted.col] == 1).all()


@given(data=st.data(), count=st.integers(1, 4))
def test_leave_last_takes_so_many_positives_from_those_who_have_more(
    histories: Histories, data: st.DataObject, count: int
) -> None:
    some = data.draw(histories)
    known, split = leave_last(some, count)
    had, have = (np.bincount(side.first_positives.user, minlength=5) for side in (some, known))
    assert (had - have).tolist() == np.where(had > count, count, 0).tolist()
    assert set(split.requests.user.tolist()) <= set(np.flatnonzero(had > count).tolist())
    assert (np.diff(split.targets.indptr) > 0).all()


@given(data=st.data(), count=st.integers(0, 4))
def test_reveal_shows_so_many_positives_to_those_who_have_more(
    histories: Histories, data: st.DataObject, count: int
) -> None:
    some = data.draw(histories)
    requests = reveal(some, count, 2).requests
    shown = requests.history.first_positives.user
    assert np.bincount(shown, minlength=len(requests)).tolist() == [count] * len(requests)
    assert set(requests.user.tolist()) <= set(
        np.flatnonzero(np.bincount(some.first_positives.user, minlength=5) > count).tolist()
    )


@given(data=st.data(), order=st.permutations(range(5)))
def test_permuting_users_permutes_what_is_asked(histories: Histories, data: st.DataObject, order: list[int]) -> None:
    some = data.draw(histories)
    direct = {user: rest for user, *rest in asked(reveal(some, 1, 3))}
    moved = {order[user]: rest for user, *rest in asked(reveal(some.of_users(np.array(order, np.int32)), 1, 3))}
    assert moved == direct


def test_the_last_visit_begins_with_the_latest_choice_after_half_a_day_without_one(history: History) -> None:
    evening = [(0, 0, 1, 1), (0, 1, 1, 1.4), (0, 2, 1, 1.9), (0, 3, 1, 2.3), (0, 4, -1, 2.35)]
    only = [(1, 0, 1, 5), (1, 1, 1, 5.3), (1, 2, -1, 7)]  # comes back, and chooses nothing
    known, split = last_visit(history(evening + only, 3, 5))
    assert asked(split) == [(0, 1.9, [0, 1], [2, 3])]
    assert np.bincount(known.user).tolist() == [2, 3]


def test_the_last_visit_of_nobody_asks_nobody(history: History) -> None:
    assert len(last_visit(history([], 2, 3))[1].requests) == 0


def test_one_cut_is_the_same_time_for_everybody(shop: Interactions) -> None:
    known, split = one_cut(shop, 0.5)  # nine events; the cut is the fifth, on day 5
    assert asked(split) == [(0, 5.0, [0, 1, 4, 2], [3])]  # nobody else was there before
    assert known.day.max() < 5


def test_one_cut_asks_who_was_there_before_for_what_they_had_not_seen(history: History) -> None:
    shop = history([(0, 0, 1, 1), (0, 1, 1, 6), (0, 0, 1, 7), (1, 2, 1, 8), (2, 3, -1, 2), (2, 0, 1, 9)], 3, 4)
    known, split = one_cut(shop, 0.6)
    assert (known.item.tolist(), known.day.tolist()) == ([0, 3], [1, 2])
    assert asked(split) == [(0, 6.0, [0], [1])]  # user 1 is new, user 2 had liked nothing


def test_one_cut_of_nothing_asks_nobody(history: History) -> None:
    known, split = one_cut(history([], 2, 3), 0.1)
    assert (len(known.user), len(split.requests)) == (0, 0)


def test_ask_knows_what_was_before_and_never_what_is_hidden(shop: Interactions) -> None:
    known, split = ask(shop, shop.item == 2, shop.item == 0)
    assert asked(split) == [(0, 4.0, [1, 4], [2])]
    assert list(zip(known.user.tolist(), known.item.tolist(), strict=True)) == [(0, 1), (0, 4), (2, 1), (2, 1)]


@given(data=st.data(), share=st.floats(0, 1))
def test_nothing_from_the_cut_on_is_known(data: st.DataObject, histories: Histories, share: float) -> None:
    whole = data.draw(histories)
    known, split = one_cut(whole, share)
    for at in split.requests.at.tolist():
        assert (known.day < at).all()
        assert (split.requests.history.day < at).all()
    assert split.targets.multiply(split.requests.history.seen).nnz == 0


def test_what_may_be_repeated_is_wanted_again_and_stays_so_when_splits_are_stacked(shop: Interactions) -> None:
    """User 2 chose item 1, then 0, then 1 again."""
    again = replace(shop, repeatable=np.ones(len(shop.user), bool))
    late = leave_last(again, 1)[1]
    assert asked(late)[1] == (2, 8.0, [1, 0], [1])
    assert asked(leave_last(shop, 1)[1])[1] == (2, 7.0, [1], [0])
    both = stack([late, leave_last(again, 2)[1]])
    assert both.requests.history.seen.nnz == 0
    assert both.requests.history.repeatable is not None
    assert len(both.requests.history.repeatable) == len(both.requests.history.user)


def test_requests_may_all_be_put_at_one_time(shop: Interactions) -> None:
    _, split = leave_last(shop, 2)
    later = requested_at(split, 99.0)
    assert set(later.requests.at.tolist()) == {99.0}
    assert later.weights is split.weights
    assert later.requests.history is split.requests.history


def graded(shop: Interactions) -> Interactions:
    """The same with actions that weigh as much as their events."""
    return replace(shop, grade=shop.weight)


def test_what_was_chosen_weighs_as_much_as_the_strongest_action_with_it_from_the_request_on(history: History) -> None:
    """User 0 views item 1 and buys it at last, and views item 2 twice; user 1 buys item 0 and views it again."""
    shop = graded(
        history(
            [
                (0, 0, 1, 1),
                (0, 1, 0.25, 2),
                (0, 2, 0.25, 3),
                (0, 2, 0.25, 4),
                (0, 1, 1, 5),
                (0, 1, 0.5, 6),
                (1, 1, 0.25, 1),
                (1, 0, 1, 2),
                (1, 0, 0.25, 3),
            ],
            2,
            3,
        )
    )
    assert leave_last(shop, 2)[1].weights.toarray().tolist() == [[0, 1, 0.25]]
    split = leave_last(shop, 1)[1]
    assert split.weights.toarray().tolist() == [[0, 0, 0.25], [1, 0, 0]]
    assert split.targets.toarray().tolist() == [[0, 0, 1], [1, 0, 0]]


def test_what_is_done_after_the_time_that_is_asked_for_weighs_nothing(history: History) -> None:
    shop, rows = graded(history([(0, 0, 1, 1), (0, 1, 0.25, 2), (0, 1, 1, 5)], 1, 2)), np.zeros(1, np.int32)
    assert later(shop, 2.0, 5.0, rows).weights.toarray().tolist() == [[0, 0.25]]
    assert later(shop, 2.0, 6.0, rows).weights.toarray().tolist() == [[0, 1]]


def test_a_repeated_choice_weighs_what_is_done_this_time(history: History) -> None:
    songs = graded(history([(0, 0, 1, 1), (0, 1, 0.5, 2), (0, 0, 0.5, 3)], 1, 2))
    assert leave_last(replace(songs, repeatable=np.ones(3, bool)), 1)[1].weights.toarray().tolist() == [[0.5, 0]]


def test_how_much_something_was_liked_is_no_weight_of_its_choice(history: History) -> None:
    """Of two films of the same action, rated 5 and 4 stars: what is asked for is what comes next."""
    films = history([(0, 0, 1, 1), (0, 1, 1, 2), (0, 2, 0.25, 3)], 1, 3)
    assert leave_last(films, 2)[1].weights.toarray().tolist() == [[0, 1, 1]]
