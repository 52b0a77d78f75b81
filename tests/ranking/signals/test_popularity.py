"""Popularity as of the request, worked out by hand."""

from collections.abc import Callable

import numpy as np
import pytest

from recsys.events.interactions import Interactions
from recsys.events.split import Requests, now
from recsys.ranking.signals import popularity
from recsys.ranking.signals.popularity import EVER, RECENT, Popular, fit, latest_new_users
from recsys.transfer.popularity import INTRODUCTION
from tests.ranking.signals.tables import TODAY, by_hand, known_of, scores

History = Callable[..., Interactions]


def asked(known: Interactions, *at: float) -> Requests:
    """Requests of the first user at these times."""
    return Requests(known.of_users(np.zeros(len(at), np.int32)), np.array(at), np.zeros(len(at), np.int32))


def test_a_positive_halves_with_time_and_counts_only_before_the_request(history: History) -> None:
    """Item 0 at days 0 and 10, item 2 at days 10 and 20: at day 20 they are 0.75 and 0.5, at day 10 item 0 is alone."""
    known = history([(0, 0, 1, 0), (1, 0, 2, 10), (1, 1, -1, 5), (0, 2, 1, 10), (1, 2, 1, 20)], 2, 3)
    found = scores(Popular(RECENT, known, 10.0), asked(known, 20.0, 0.0, 10.0))
    assert found == by_hand([1, 0, 0.5 / 0.75], [0, 0, 0], [1, 0, 0])


def test_popularity_is_a_share_of_the_most_popular_item(history: History) -> None:
    known = history([(user, 0, 1, 0) for user in range(4)] + [(0, 1, 1, 0)], 4, 3)
    assert scores(Popular(EVER, known, 1.0), asked(known, 1.0)) == by_hand([1, 0.25, 0])


@pytest.mark.parametrize("half_life", [1.0, 365.0])
def test_what_was_most_popular_stays_so_however_long_nobody_chose_anything(history: History, half_life: float) -> None:
    known = history([(0, 0, 1, 0), (1, 0, 1, 0), (2, 1, 1, 0), (0, 2, 0, 400)], 3, 3)
    assert scores(Popular(EVER, known, half_life), now(known, 900.0)).tolist() == [[1, 0.5, 0]] * 3


def test_what_new_users_chose_halves_with_new_users_and_not_with_days(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three came within a day and one a year later; everybody chose an item of their own."""
    monkeypatch.setattr(popularity, "MIN_LATEST", 1.0)
    known = history([(0, 0, 1, 0), (1, 1, 1, 0.5), (2, 2, 1, 1), (3, 3, 1, 366)], 4, 4)
    (found,) = scores(latest_new_users(known), asked(known, 366.0))
    assert found == pytest.approx([0.25, 0.5, 1.0, 0.0], abs=1e-2)


def test_the_memory_for_new_users_grows_with_the_users_and_is_10_at_least(history: History) -> None:
    few, many = (history([(user, 0, 1, user) for user in range(n)], n, 1) for n in (64, 1280))
    assert latest_new_users(few).half_life == 10
    assert latest_new_users(many).half_life == 20


def test_what_a_user_chose_after_the_first_ones_is_no_introduction(history: History) -> None:
    """One user chooses items 0, 1, … in order; another only item 20."""
    events = [(0, item, 1, item) for item in range(INTRODUCTION + 2)] + [(1, 20, 1, 0)]
    known = history(events, 2, 21)
    signals = {signal.spec.name: signal for signal in fit(known_of(known, np.zeros((21, 1), np.float32)))}
    for name, counted in (("new users' popularity", False), ("popularity", True)):
        (found,) = scores(signals[name], asked(known, TODAY))
        assert (found[INTRODUCTION - 1 : INTRODUCTION + 1] > 0).tolist() == [True, counted], name


def test_short_memories_and_long_ones_disagree_on_what_is_popular(history: History) -> None:
    """Item 0 has three positives of long ago, item 1 one of yesterday."""
    known = history([(0, 0, 1, 0), (1, 0, 1, 0), (2, 0, 1, 0), (3, 1, 1, 999)], 4, 2)
    signals = {signal.spec.name: signal for signal in fit(known_of(known, np.zeros((2, 1), np.float32)))}
    best = {name: int(scores(signal, asked(known, 1000.0)).argmax()) for name, signal in signals.items()}
    assert best["popularity of the day"] == best["recent popularity"] == 1
    assert best["popularity"] == 0


def test_without_positives_nothing_is_popular(history: History) -> None:
    known = history([(0, 0, -1, 0)], 1, 2)
    for signal in fit(known_of(known, np.zeros((2, 1), np.float32))):
        assert scores(signal, asked(known, TODAY)).tolist() == [[0, 0]]
