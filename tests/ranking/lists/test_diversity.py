import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.events.interactions import Floats
from recsys.ranking.lists.diversity import rerank, traits_of

TWO_KINDS = np.array([[1, 0], [1, 0], [0, 1], [1, 0], [0, 1]], np.float32)
SCORES = st.lists(st.floats(-10, 10, width=32), min_size=5, max_size=5).map(lambda scores: np.array(scores, np.float32))


def one(scores: Floats, membership: Floats, count: int, trade: float) -> tuple[list[int], Floats]:
    """The list of a single request; rows of `membership` are brought to length 1."""
    units = membership / np.linalg.norm(membership, axis=1, keepdims=True)
    places, penalties = rerank(scores[None], units[None], count, trade)
    return places[0].tolist(), penalties[0]


def order(scores: list[float], trade: float, count: int = 5) -> list[int]:
    return one(np.array(scores, np.float32), TWO_KINDS[: len(scores)], count, trade)[0]


@given(scores=SCORES)
def test_trade_0_keeps_the_order_and_takes_nothing_off(scores: Floats) -> None:
    places, penalties = one(scores, TWO_KINDS, 5, 0.0)
    assert places == np.argsort(-scores, kind="stable").tolist()
    assert not penalties.any()


@given(scores=SCORES, trade=st.floats(0, 1), count=st.integers(0, 7))
def test_shown_scores_never_rise_and_no_item_comes_twice(scores: Floats, trade: float, count: int) -> None:
    places, penalties = one(scores, TWO_KINDS, count, trade)
    assert len(places) == len(set(places)) == min(count, 5)
    assert (penalties >= 0).all()
    assert (np.diff(scores[places] - penalties) <= 1e-5).all()


def test_identical_items_are_spread() -> None:
    assert order([1.0, 0.99, 0.9, 0.98, 0.89], 1.0, 2) == [0, 2]


@given(seed=st.integers(0, 99), trade=st.floats(0, 1))
def test_the_order_in_which_candidates_come_does_not_matter(seed: int, trade: float) -> None:
    rng = np.random.default_rng(seed)
    scores, membership = rng.normal(size=12).astype(np.float32), rng.dirichlet([0.3] * 4, 12).astype(np.float32)
    shuffled = rng.permutation(12)
    places, penalties = one(scores, membership, 6, trade)
    again, same = one(scores[shuffled], membership[shuffled], 6, trade)
    assert shuffled[again].tolist() == places
    assert same == pytest.approx(penalties, abs=1e-5)


def test_a_request_is_answered_the_same_in_any_company() -> None:
    """The third request has two candidates only, the last none."""
    rng = np.random.default_rng(0)
    scores, membership = rng.normal(size=(4, 9)).astype(np.float32), rng.dirichlet([0.3] * 4, (4, 9)).astype(np.float32)
    scores[2, 2:], scores[3] = -np.inf, -np.inf
    units = membership / np.linalg.norm(membership, axis=2, keepdims=True)
    places, penalties = rerank(scores, units, 4, 0.5)
    for row in range(4):
        alone, theirs = one(scores[row], membership[row], 4, 0.5)
        assert places[row].tolist() == alone
        assert penalties[row].tolist() == theirs.tolist()
    assert sorted(places[2]) == [-1, -1, 0, 1]
    assert set(places[3]) == {-1}


def test_another_kind_comes_earlier_as_diversity_counts_more() -> None:
    """Spread 1. Item 1 is like item 0 and pays the trade in full; item 2 is unlike it and pays nothing."""
    scores = [1.0, 0.8, 0.5, 0.4, 0.0]
    assert order(scores, 0.25, 5) == [0, 1, 2, 3, 4]
    assert order(scores, 0.35, 5) == [0, 2, 1, 3, 4]


def test_the_penalty_is_the_similarity_to_all_above_of_which_none_is_taken_back() -> None:
    """Texts may be less alike than strangers' are: item 2 is opposite to item 0, and pays for item 1 alone."""
    kinds = np.array([[1, 0], [0, 1], [-0.6, 0.8], [0.6, 0.8]], np.float32)
    places, penalties = one(np.array([4, 3, 2, 1], np.float32), kinds, 4, 0.1)
    assert places == [0, 1, 2, 3]
    assert penalties == pytest.approx([0, 0, 0.3 * 0.8, 0.3 * (0.6 + 0.8 + 0.28)])


def test_items_are_as_alike_as_their_interests_and_their_texts_together() -> None:
    """The last has no text: its interests alone are compared."""
    membership = np.array([[0.5, 0], [0.9, 0.9], [0, 0.2]], np.float32)
    found = traits_of(membership, np.array([[1, 0], [0, 1], [0, 0]], np.float32))
    assert found[0] @ found[1] == pytest.approx((0.5**0.5 + 0) / 2)
    assert found[2] @ found[2] == pytest.approx(1)


def test_ties_go_to_the_first() -> None:
    assert order([1.0, 1.0, 1.0], 0.5, 5) == [0, 1, 2]


def test_the_best_comes_first_whatever_diversity_counts() -> None:
    assert order([0.1, 0.9, 0.2], 1.0, 1) == [1]


def test_of_nothing_nothing_is_shown() -> None:
    assert order([], 0.5, 5) == []
