"""Sums of links over a history, and which item of it speaks for another, worked out by hand."""

import numpy as np
import pytest
import scipy.sparse as sp

from recsys.events.interactions import Interactions
from recsys.events.split import Requests, now
from recsys.ranking.signals import item_to_item
from recsys.ranking.signals.contract import Phrases, Spec
from recsys.ranking.signals.item_to_item import ItemToItem, attended, history_weights, latest_items, strongest
from tests.ranking.signals.tables import TODAY, asks, by_hand, ints, scores

SPEC = Spec("links", "item-to-item", Phrases("beside {title}", "与{title}相邻"))
LINKS = sp.csr_matrix(np.array([[0, 4, 2, 0], [0, 0, 3, -1], [0, 0, 0, 0], [0, 0, 0, 0]], np.float32))


def mixed() -> Requests:
    """User 0: a positive for item 0, none for item 1, a positive for item 2; user 1 has no events."""
    weight, day = np.array([1, -1, 1], np.float32), np.arange(3.0)
    return now(Interactions(ints(0, 0, 0), ints(0, 1, 2), weight, day, 2, 4), TODAY)


def test_a_score_is_the_sum_of_links_and_each_step_back_in_the_history_counts_less() -> None:
    assert scores(ItemToItem(SPEC, LINKS), asks(0, 1, of=4)) == by_hand([0, 4, 5, -1])
    assert scores(ItemToItem(SPEC, LINKS, fade=0.5), asks(0, 1, of=4)) == by_hand([0, 2, 4, -1])


def test_the_latest_positives_alone_are_read() -> None:
    assert scores(ItemToItem(SPEC, LINKS, latest=1), asks(0, 1, of=4)) == by_hand([0, 0, 3, -1])


def test_events_that_are_no_positives_are_read_where_every_event_is() -> None:
    assert scores(ItemToItem(SPEC, LINKS), mixed()) == by_hand([0, 4, 2, 0], [0, 0, 0, 0])
    assert scores(ItemToItem(SPEC, LINKS, every_event=True), mixed()) == by_hand([0, 4, 5, -1], [0, 0, 0, 0])


def test_the_item_of_the_strongest_link_speaks_for_another() -> None:
    because = ItemToItem(SPEC, LINKS).because(asks(0, 1, of=4), ints(0, 0, 0, 0), ints(0, 1, 2, 3))
    assert because.item[:, 0].tolist() == [-1, 0, 1, -1]


def test_a_strong_link_from_long_ago_gives_way_to_one_of_the_latest_items() -> None:
    links = sp.csr_matrix(np.array([[0, 0, 3], [0, 0, 2], [0, 0, 0]], np.float32))
    for fade, speaks in ((1.0, 0), (0.5, 1)):
        because = ItemToItem(SPEC, links, fade).because(asks(0, 1, of=3), ints(0), ints(2))
        assert because.item[:, 0].tolist() == [speaks]


def test_other_items_of_the_history_that_speak_for_it_follow_with_what_they_add() -> None:
    found = ItemToItem(SPEC, LINKS, fade=0.5).because(asks(0, 1, of=4), ints(0, 0), ints(2, 3))
    assert found.item.tolist() == [[1, 0, -1, -1], [-1, -1, -1, -1]]
    assert found.pull.tolist() == [[3, 1, 0, 0], [0, 0, 0, 0]]


def test_of_equal_links_that_of_the_latest_item_speaks() -> None:
    links = sp.csr_matrix(np.array([[0, 0, 2], [0, 0, 2], [0, 0, 0]], np.float32))
    assert ItemToItem(SPEC, links).because(asks(0, 1, of=3), ints(0), ints(2)).item[:, 0].tolist() == [1]


def test_an_item_does_not_speak_for_itself() -> None:
    links = sp.csr_matrix(np.array([[9, 0], [1, 0]], np.float32))
    assert ItemToItem(SPEC, links).because(asks(1, 0, of=2), ints(0), ints(0)).item[:, 0].tolist() == [1]


def test_the_item_that_speaks_is_looked_for_among_the_latest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(item_to_item, "NAMED", 1)
    assert ItemToItem(SPEC, LINKS).because(asks(0, 1, of=4), ints(0, 0), ints(1, 2)).item[:, 0].tolist() == [-1, 1]


def test_what_was_seen_and_not_liked_speaks_only_where_every_event_is_read() -> None:
    for every_event, speaks in ((False, 0), (True, 1)):
        signal = ItemToItem(SPEC, LINKS, every_event=every_event)
        assert signal.because(mixed(), ints(0, 1), ints(2, 2)).item[:, 0].tolist() == [speaks, -1]


def test_pairs_of_requests_in_any_order_are_explained() -> None:
    because = ItemToItem(SPEC, LINKS).because(mixed(), ints(1, 0, 1, 0), ints(1, 1, 2, 2))
    assert because.item[:, 0].tolist() == [-1, 0, -1, 0]


def test_weights_of_a_history_fall_with_the_positives_after_an_item() -> None:
    assert history_weights(mixed().history, 0.5, 9).toarray().tolist() == [[0.5, 0, 1, 0], [0, 0, 0, 0]]
    assert history_weights(mixed().history, 0.5, 1).toarray().tolist() == [[0, 0, 1, 0], [0, 0, 0, 0]]
    every_event = attended(mixed().history)
    assert history_weights(every_event, 0.5, 9).toarray().tolist() == [[0.25, 0.5, 1, 0], [0, 0, 0, 0]]


def test_the_latest_items_come_first_and_minus_1_stands_for_none() -> None:
    assert latest_items(mixed().history, 3).tolist() == [[2, 0, -1], [-1, -1, -1]]
    assert latest_items(mixed().history, 1).tolist() == [[2], [-1]]


def test_the_strongest_links_of_each_row_are_kept_of_either_sign() -> None:
    table = np.array([[1, -4, 3, 2], [0, 5, 0, 0], [0, 0, 0, 0]], np.float32)
    kept = strongest(sp.csr_matrix(table), 2).toarray()
    assert kept.tolist() == [[0, -4, 3, 0], [0, 5, 0, 0], [0, 0, 0, 0]]
    assert strongest(sp.csr_matrix(table), 4).toarray().tolist() == table.tolist()


def test_of_equally_strong_links_the_first_are_kept_whatever_their_order() -> None:
    ordered = sp.csr_matrix(np.array([[2, -2, 2, 2]], np.float32))
    mixed_up = sp.csr_matrix((ordered.data[[3, 0, 2, 1]], ordered.indices[[3, 0, 2, 1]], ordered.indptr), shape=(1, 4))
    for links in (ordered, mixed_up):
        assert strongest(links, 2).toarray().tolist() == [[2, -2, 0, 0]]
