"""Items of similar texts, worked out by hand."""

import numpy as np
import pytest

from recsys.events.interactions import Floats
from recsys.ranking.signals import text
from recsys.ranking.signals.item_to_item import ItemToItem
from recsys.ranking.signals.text import fit, similar_texts
from tests.ranking.signals.tables import asks, by_hand, ints, known_of, scores

DIRECTIONS = np.array([[1, 0], [0.8, 0.6], [0, 1], [-1, 0], [0, 0]], np.float32)
"""Texts of five items; the last one has none."""


def fitted(directions: Floats) -> ItemToItem:
    (signal,) = fit(known_of(asks(of=len(directions)).history, directions))
    return signal


def test_similar_texts_are_found_and_the_closest_dominates() -> None:
    near, far = 0.8**4, 0.6**4
    signal = fitted(DIRECTIONS)
    assert scores(signal, asks(0, of=5)) == by_hand([0, near, 0, 0, 0])
    assert scores(signal, asks(0, 2, of=5)) == by_hand([0, near + far, 0, 0, 0])
    assert scores(signal, asks(3, 4, of=5)) == by_hand([0, 0, 0, 0, 0])


def test_the_item_of_the_most_similar_text_speaks_for_another() -> None:
    because = fitted(DIRECTIONS).because(asks(0, 2, 4, of=5), ints(0, 0, 0), ints(1, 3, 0))
    assert because.item[:, 0].tolist() == [0, -1, -1]


def test_links_are_cosines_above_0_between_different_items() -> None:
    assert similar_texts(DIRECTIONS).toarray() == by_hand(
        [0, 0.8, 0, 0, 0], [0.8, 0, 0.6, 0, 0], [0, 0.6, 0, 0, 0], [0] * 5, [0] * 5
    )


def test_the_most_similar_texts_alone_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "SIMILAR", 1)
    assert similar_texts(DIRECTIONS).toarray()[1] == pytest.approx([0.8, 0, 0, 0, 0])


def test_groups_of_another_size_have_the_same_links(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = similar_texts(DIRECTIONS).toarray()
    monkeypatch.setattr(text, "AT_ONCE", 2)
    assert similar_texts(DIRECTIONS).toarray() == pytest.approx(whole)


def test_the_latest_30_positives_are_read() -> None:
    """The first of 31 is forgotten."""
    texts = np.concatenate([DIRECTIONS, np.repeat(DIRECTIONS[3:4], 29, axis=0)])
    found = scores(fitted(texts), asks(0, 3, *range(5, 34), of=34))
    assert found[:, :5] == by_hand([0, 0, 0, 29, 0])


@pytest.mark.parametrize("n_items", [0, 1])
def test_a_catalogue_of_one_item_has_no_similar_texts(n_items: int) -> None:
    links = similar_texts(DIRECTIONS[:n_items])
    assert links.shape == (n_items, n_items)
    assert not links.nnz


def test_texts_that_are_the_same_are_similar_to_each_other() -> None:
    assert similar_texts(np.ones((3, 1), np.float32)).toarray().tolist() == [[0, 1, 1], [1, 0, 1], [1, 1, 0]]
