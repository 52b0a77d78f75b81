"""Factors and popularity predicted from texts: planted truth, and nothing to learn from."""

import numpy as np
import pytest
import scipy.sparse as sp

from recsys.events.interactions import Floats, Interactions
from recsys.events.split import now
from recsys.ranking.signals.index import Index
from recsys.ranking.signals.text_factors import TEXT_TRANSITIONS, TextFactors, TextPopularity, factors, fit
from tests.ranking.signals.tables import TODAY, asks, known_of, scores

USERS, ITEMS = 40, 20
COLD = (18, 19)
"""An item of the even group and one of the odd, chosen by nobody."""


def texts() -> Floats:
    """Two groups of items, even and odd, whose texts point in two directions, with some noise."""
    rng = np.random.default_rng(0)
    made = np.eye(2, 6)[np.arange(ITEMS) % 2] + rng.normal(0, 0.05, (ITEMS, 6))
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


def shop_interactions(of_group: int = USERS) -> Interactions:
    """Even users choose five even items, odd users five odd ones; `of_group`: how many users choose at all."""
    rng = np.random.default_rng(1)
    user = np.repeat(np.arange(of_group), 5)
    item = np.array([2 * rng.permutation(9)[:5] + person % 2 for person in range(of_group)]).ravel()
    day = np.tile(np.arange(5.0), of_group)
    return Interactions(user.astype(np.int32), item.astype(np.int32), np.ones(len(user), np.float32), day, USERS, ITEMS)


def fitted(known: Interactions, directions: Floats | None = None) -> tuple[TextFactors, TextPopularity]:
    by_order, popular = fit(known_of(known, texts() if directions is None else directions))
    assert isinstance(by_order, TextFactors)
    assert isinstance(popular, TextPopularity)
    return by_order, popular


def test_a_cold_item_is_for_users_who_choose_items_of_similar_texts() -> None:
    found = scores(fitted(shop_interactions())[0], now(shop_interactions(), TODAY))
    assert (found[0::2, COLD[0]] > found[0::2, COLD[1]]).all()
    assert (found[1::2, COLD[1]] > found[1::2, COLD[0]]).all()


def test_a_cold_item_comes_after_what_items_of_similar_texts_come_after() -> None:
    """Everybody goes from even items to odd ones: after an even item comes the odd cold one."""
    user = np.repeat(np.arange(USERS), 2)
    item = np.column_stack([2 * (np.arange(USERS) % 9), 1 + 2 * (np.arange(USERS) % 8)]).ravel()
    ones, day = np.ones(2 * USERS, np.float32), np.tile(np.arange(2.0), USERS)
    known = Interactions(user.astype(np.int32), item.astype(np.int32), ones, day, USERS, ITEMS)
    by_order, _ = fitted(known)
    found = scores(by_order, now(known.take(known.day == 0), TODAY))
    assert (found[:, COLD[1]] > found[:, COLD[0]]).all()


def test_the_latest_positives_count_most() -> None:
    """Weights 0.9 and 1, divided by their sum."""
    signal = TextFactors(TEXT_TRANSITIONS, np.eye(2, dtype=np.float32), Index(np.eye(2, dtype=np.float32)))
    assert scores(signal, asks(0, 1, of=2))[0] == pytest.approx([0.9 / 1.9, 1 / 1.9])


def test_a_product_below_0_is_no_score() -> None:
    signal = TextFactors(TEXT_TRANSITIONS, np.ones((2, 1), np.float32), Index(np.array([[2], [-1]], np.float32)))
    assert scores(signal, asks(0, of=2)).tolist() == [[2, 0]]


def test_a_cold_item_is_as_popular_as_items_of_similar_texts() -> None:
    """Half of the even users choose nothing, so odd items are more popular."""
    fewer_even = shop_interactions().take(shop_interactions().user % 4 != 0)
    predicted = fitted(fewer_even)[1].predicted
    assert predicted[COLD[1]] > predicted[COLD[0]]
    counts = np.asarray(fewer_even.positives.sum(axis=0)).ravel()
    assert predicted[COLD[1]] == pytest.approx(np.log2(1 + counts[1:18:2]).mean(), abs=0.5)


def test_predicted_popularity_is_the_same_for_every_request() -> None:
    *_, popular = fitted(shop_interactions())
    found = scores(popular, now(shop_interactions(), TODAY))
    assert np.array_equal(found, np.broadcast_to(popular.predicted, found.shape))
    assert popular.predicted.min() >= 0


@pytest.mark.parametrize(("users", "directions"), [(0, texts()), (USERS, np.zeros((ITEMS, 6), np.float32))])
def test_without_positives_or_without_texts_nothing_is_predicted(users: int, directions: Floats) -> None:
    for signal in fitted(shop_interactions(users), directions):
        assert not scores(signal, now(shop_interactions(), TODAY)).any()


def test_products_of_factors_come_near_the_matrix() -> None:
    matrix = sp.csr_matrix(np.kron(np.eye(3), np.ones((4, 2))).astype(np.float32))
    rows, columns = factors(matrix, 3, seed=0)
    assert (rows.shape, columns.shape) == ((12, 3), (6, 3))
    assert rows @ columns.T == pytest.approx(matrix.toarray(), abs=1e-3)


@pytest.mark.parametrize(("matrix", "most"), [(np.ones((4, 3)), 0), (np.zeros((4, 3)), 2), (np.ones((4, 1)), 2)])
def test_of_a_matrix_without_factors_there_is_a_single_one_of_0(matrix: np.ndarray, most: int) -> None:
    for found in factors(sp.csr_matrix(matrix, dtype=np.float32), most, seed=0):
        assert found.shape[1] == 1
        assert not found.any()
