import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.events.interactions import Floats
from recsys.ranking.diversity import rerank

TWO_KINDS = np.array([[1, 0], [1, 0], [0, 1], [1, 0], [0, 1]], np.float32)
SCORES = st.lists(st.floats(-10, 10, width=32), min_size=5, max_size=5).map(lambda scores: np.array(scores, np.float32))


def order(scores: list[float], trade: float, count: int = 5) -> list[int]:
    return rerank(np.array(scores, np.float32), TWO_KINDS[: len(scores)], count, trade)[0].tolist()  # type: ignore[no-any-return]


@given(scores=SCORES)
def test_trade_0_keeps_the_order_and_takes_nothing_off(scores: Floats) -> None:
    places, penalties = rerank(scores, TWO_KINDS, 5, 0.0)
    assert places.tolist() == np.argsort(-scores, kind="stable").tolist()
    assert not penalties.any()


@given(scores=SCORES, trade=st.floats(0, 1), count=st.integers(0, 7))
def test_shown_scores_never_rise_and_no_item_comes_twice(scores: Floats, trade: float, count: int) -> None:
    places, penalties = rerank(scores, TWO_KINDS, count, trade)
    assert len(places) == len(set(places.tolist())) == min(count, 5)
    assert (penalties >= 0).all()
    assert (np.diff(scores[places] - penalties) <= 1e-5).all()


def test_another_kind_comes_earlier_as_diversity_counts_more() -> None:
    """Spread 1. Item 1 is like item 0 and pays the trade in full; item 2 is unlike it and pays nothing."""
    scores = [1.0, 0.8, 0.5, 0.4, 0.0]
    assert order(scores, trade=0.25) == [0, 1, 2, 3, 4]
    assert order(scores, trade=0.35) == [0, 2, 1, 3, 4]


def test_the_penalty_is_the_likeness_to_the_most_alike_above() -> None:
    membership = np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float32)
    places, penalties = rerank(np.array([3, 2, 1], np.float32), membership, 3, 0.1)
    assert places.tolist() == [0, 1, 2]
    assert penalties == pytest.approx([0, 0, 0.1 * 2 * 0.8])


def test_ties_go_to_the_first() -> None:
    assert order([1.0, 1.0, 1.0], trade=0.5) == [0, 1, 2]


def test_the_best_comes_first_whatever_diversity_counts() -> None:
    assert order([0.1, 0.9, 0.2], trade=1.0, count=1) == [1]


def test_of_nothing_nothing_is_shown() -> None:
    assert order([], trade=0.5) == []
