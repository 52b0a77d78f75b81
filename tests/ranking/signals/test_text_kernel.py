"""Kernel ridge regression from texts, worked out by hand."""

import numpy as np
import pytest

from recsys.ranking.signals import text_kernel
from recsys.ranking.signals.text_kernel import predict, similarity

EAST, WEST, NORTH, NO_TEXT = [1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, 0.0]


def texts(*rows: list[float]) -> np.ndarray:
    return np.array(rows, np.float32)


def test_similarity_is_1_for_the_same_text_and_falls_with_the_angle() -> None:
    found = similarity(texts(EAST), texts(EAST, [0.8, 0.6], NORTH, WEST))[0]
    # ½ exp((cos − 1) / 0.2) + ½ cos, of the cosines 1, 0.8, 0 and -1
    assert found == pytest.approx([1.0, 0.58394, 0.00337, -0.49998], abs=1e-4)


def test_a_new_item_is_predicted_what_items_of_similar_texts_have() -> None:
    directions = texts(EAST, EAST, WEST, WEST, EAST, WEST)
    answers = np.array([[3, 0], [3, 0], [1, 8], [1, 8], [0, 0], [0, 0]], np.float32)
    found = predict(directions, answers, np.array([5, 5, 5, 5, 0, 0], np.int32))
    assert found[4, 0] > 2 + 0.5 > 2 - 0.5 > found[5, 0]
    assert found[4, 1] < 4 - 2 < 4 + 2 < found[5, 1]


def test_a_prediction_lies_between_the_answers_and_their_mean() -> None:
    # One text in two items with the answers 1 and 3: the penalty leaves each at 2, their mean.
    found = predict(texts(EAST, EAST), np.array([[1], [3]], np.float32), np.array([1, 1], np.int32))
    assert found.ravel() == pytest.approx([2, 2])


def test_items_without_events_are_not_learnt_from() -> None:
    directions, counts = texts(EAST, NORTH, WEST), np.array([4, 4, 0], np.int32)
    first, second = (predict(directions, np.array([[1], [2], [last]], np.float32), counts) for last in (0, 99))
    assert first == pytest.approx(second)


def test_nothing_is_predicted_of_an_item_without_a_text_nor_learnt_from_it() -> None:
    directions, counts = texts(EAST, NO_TEXT, NORTH), np.array([4, 4, 4], np.int32)
    found = predict(directions, np.array([[1], [99], [1]], np.float32), counts)
    assert found.ravel() == pytest.approx([1, 0, 1])


@pytest.mark.parametrize("counts", [[0, 0], [3, 3]])
def test_without_events_or_texts_nothing_is_predicted(counts: list[int]) -> None:
    directions = texts(EAST, WEST) if not any(counts) else texts(NO_TEXT, NO_TEXT)
    assert not predict(directions, np.ones((2, 3), np.float32), np.array(counts, np.int32)).any()


def test_of_many_items_those_of_most_events_are_learnt_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_kernel, "MAX_ITEMS", 1)
    found = predict(texts(EAST, WEST), np.array([[1], [7]], np.float32), np.array([1, 9], np.int32))
    assert found.ravel() == pytest.approx([7, 7])


def test_groups_of_another_size_have_the_same_predictions(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(9, 4)).astype(np.float32)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    answers, counts = rng.normal(size=(9, 2)).astype(np.float32), np.arange(9, dtype=np.int32)
    whole = predict(directions, answers, counts)
    monkeypatch.setattr(text_kernel, "BATCH", 2)
    assert predict(directions, answers, counts) == pytest.approx(whole, abs=1e-5)
