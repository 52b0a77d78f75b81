"""Transitions among positives and among all events, worked out by hand."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from recsys.events.interactions import Interactions
from recsys.ranking.signals.item_to_item import ItemToItem
from recsys.ranking.signals.transitions import fit, transitions
from recsys.settings import load
from tests.ranking.signals.tables import asks, by_hand, known_of, scores

History = Callable[..., Interactions]


def fitted(known: Interactions, window: int) -> tuple[ItemToItem, ItemToItem]:
    """Transitions among positives, and among all events."""
    settings = load([f"ranking.transition_window={window}"])
    inputs = known_of(known, np.zeros((known.n_items, 1), np.float32))
    positive, attention = fit(replace(inputs, settings=settings))
    return positive, attention


def test_transitions_count_near_steps_more_and_popular_starts_less(history: History) -> None:
    """User 0: 0, 1, 2; user 1: 0, dislikes 2, 1. So 0 → 1 twice, 0 → 2 two steps away, 1 → 2 once.

    Items 0 and 1 have two positives each: 2 / (2 + 3) of what came after them is believed.
    """
    events = [(0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 1, 2), (1, 0, 1, 0), (1, 2, -1, 1), (1, 1, 1, 2)]
    signal, _ = fitted(history(events, 2, 3), window=2)
    links: list[list[float]] = [[0, 0.4 * 2 / 2**0.5, 0.4 * 0.7 / 2**0.5], [0, 0, 0.4 / 2**0.5], [0, 0, 0]]
    assert signal.links.toarray() == by_hand(*links)
    assert scores(signal, asks(0, of=3)) == by_hand(links[0])
    assert scores(signal, asks(0, 1, of=3)) == by_hand([0, 0.8 * 0.56569, 0.8 * 0.19799 + 0.28284])


def test_what_came_once_after_a_rare_item_counts_less_than_what_often_came_after_another(history: History) -> None:
    """Item 1 came after item 0 once, of 1; item 3 after item 2 twice, of 4: divided by the root alone both were 1."""
    events = [(0, 0, 1, 0), (0, 1, 1, 1), *((user, 2, 1, 0) for user in range(1, 5)), (1, 3, 1, 1), (2, 3, 1, 1)]
    links = transitions(history(events, 5, 4), window=1)
    assert links[0, 1] == pytest.approx(1 / 4)
    assert links[2, 3] == pytest.approx(4 / 7)


def test_among_all_events_steps_and_age_take_less_away(history: History) -> None:
    """Item 2 was disliked, and counts all the same: two steps after item 0, 0.8 of a near one."""
    _, attention = fitted(history([(0, 0, 1, 0), (0, 1, -1, 1), (0, 2, -1, 2)], 1, 3), window=2)
    assert attention.links.toarray() == by_hand([0, 1 / 4, 0.8 / 4], [0, 0, 1 / 4], [0, 0, 0])
    assert scores(attention, asks(0, 1, of=3)) == by_hand([0, 0.9 / 4, 0.9 * 0.8 / 4 + 1 / 4])


def test_transitions_do_not_leave_the_window_or_the_user(history: History) -> None:
    links = transitions(history([(0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 1, 2), (1, 3, 1, 3)], 2, 4), window=1)
    assert set(zip(*map(list, links.nonzero()), strict=True)) == {(0, 1), (1, 2)}


def test_a_window_longer_than_every_history_counts_all_of_it(history: History) -> None:
    known = history([(0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 1, 2)], 1, 3)
    assert (transitions(known, window=9) != transitions(known, window=2)).nnz == 0


def test_without_events_there_are_no_transitions(history: History) -> None:
    assert not transitions(history([], 2, 3), window=2).nnz
