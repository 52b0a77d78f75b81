"""Forms of answers: nominees are the best open items, whatever the form."""

from collections.abc import Sequence

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from recsys.events.interactions import Floats
from recsys.ranking.signals import answers
from recsys.ranking.signals.answers import ByTime, Factors, Sparse, best, distinct_times
from recsys.ranking.signals.contract import Answer, Nominees, Open
from recsys.ranking.signals.index import Index
from tests.ranking.signals.tables import every_pair, ints


def is_open(seen: Sequence[Sequence[int]], n_items: int, closed: Sequence[int] = ()) -> Open:
    """Items that each request has seen, and that nobody may be shown."""
    table = np.zeros((len(seen), n_items), np.float32)
    for row, items in enumerate(seen):
        table[row, list(items)] = 1
    return Open(~np.isin(np.arange(n_items), closed), sp.csr_matrix(table))


def by_request(nominees: Nominees, n_requests: int) -> list[list[int]]:
    assert nominees.request.tolist() == sorted(nominees.request.tolist())
    return [sorted(nominees.item[nominees.request == row].tolist()) for row in range(n_requests)]


def expected(scores: Floats, open_items: Open, k: int) -> list[list[int]]:
    """The `k` best open items above 0, of equal ones the first, found by sorting everything."""
    left = np.where(open_items.closed, 0, scores)
    ordered = [[item for item in np.argsort(-row, kind="stable").tolist() if row[item] > 0][:k] for row in left]
    return [sorted(items) for items in ordered]


def promised(answer: Answer, open_items: Open, k: int) -> None:
    """Fails unless the nominees are what `at` says is best."""
    scores = every_pair(answer, *open_items.closed.shape)
    nominees = answer.nominate(k, open_items)
    assert by_request(nominees, len(scores)) == expected(scores, open_items, k)
    assert np.array_equal(nominees.score, scores[nominees.request, nominees.item])


LEVELS = st.lists(st.integers(-1, 3), min_size=24, max_size=24)
SEEN = st.lists(st.lists(st.integers(0, 7), max_size=8), min_size=3, max_size=3)
CLOSED = st.lists(st.integers(0, 7), max_size=4)
PLACE = st.lists(st.integers(0, 2), min_size=3, max_size=3)


@given(levels=LEVELS, seen=SEEN, closed=CLOSED, k=st.integers(1, 8))
def test_sparse_scores_nominate_the_best(levels: list[int], seen: list[list[int]], closed: list[int], k: int) -> None:
    table = np.array(levels, np.float32).reshape(3, 8)
    promised(Sparse(sp.csr_matrix(table)), is_open(seen, 8, closed), k)
    assert np.array_equal(every_pair(Sparse(sp.csr_matrix(table)), 3, 8), table)


@given(
    levels=LEVELS,
    seen=SEEN,
    closed=CLOSED,
    k=st.integers(1, 8),
    place=st.lists(st.integers(0, 2), min_size=3, max_size=3),
)
def test_scores_of_a_request_time_nominate_the_best(
    levels: list[int], seen: list[list[int]], closed: list[int], k: int, place: list[int]
) -> None:
    promised(ByTime(np.array(levels, np.float32).reshape(3, 8), ints(*place)), is_open(seen, 8, closed), k)


@given(seed=st.integers(0, 1000), seen=SEEN, closed=CLOSED, k=st.integers(1, 8))
def test_products_of_factors_nominate_the_best(seed: int, seen: list[list[int]], closed: list[int], k: int) -> None:
    rng = np.random.default_rng(seed)
    queries, vectors = (rng.integers(-2, 3, (n, 2)).astype(np.float32) for n in (3, 8))
    promised(Factors.plain(queries, Index(vectors)), is_open(seen, 8, closed), k)


def test_a_product_is_scaled_from_its_offset_and_never_below_0() -> None:
    vectors = np.array([[1, 0], [3, 0], [9, 9], [0, 0]], np.float32)
    factors = Factors(
        np.array([[1, 0], [1, 0], [0, 1]], np.float32),
        Index(vectors),
        np.array([2, 0, 1], np.float32),
        np.array([2, 0, 1], np.float32),
    )
    assert every_pair(factors, 3, 4).tolist() == [[0, 2, 14, 0], [0, 0, 0, 0], [0, 0, 8, 0]]
    promised(factors, is_open([[], [], []], 4), 3)


def test_an_unknown_item_has_score_0_where_its_product_is_above_the_offset() -> None:
    known = np.array([True, False])
    below = Factors(
        np.ones((1, 1), np.float32),
        Index(np.zeros((2, 1), np.float32), known),
        np.ones(1, np.float32),
        np.full(1, -1, np.float32),
    )
    assert every_pair(below, 1, 2).tolist() == [[1, 0]]
    promised(below, is_open([[]], 2), 2)


@pytest.mark.parametrize("n_closed", [0, 5, 90])
def test_where_many_of_the_best_are_closed_to_a_request_all_its_open_items_are_compared(n_closed: int) -> None:
    """Request 0 has seen its best items, more than are searched for beside those asked for; request 1 none."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(300, 4)).astype(np.float32)
    queries = rng.normal(size=(3, 4)).astype(np.float32)
    seen = np.argsort(-(queries[0] @ vectors.T))[: answers.SLACK + n_closed].tolist()
    factors = Factors.plain(queries, Index(vectors))
    for k in (1, 8):
        promised(factors, is_open([seen, [], []], 300, closed=[7, 8]), k)


def test_requests_that_have_seen_everything_have_no_nominees() -> None:
    factors = Factors.plain(np.ones((2, 1), np.float32), Index(np.ones((200, 1), np.float32)))
    assert by_request(factors.nominate(3, is_open([range(200), range(1, 200)], 200)), 2) == [[], [0]]


def test_a_score_is_the_same_to_the_last_bit_in_any_group_of_requests() -> None:
    rng = np.random.default_rng(0)
    queries, vectors = (rng.normal(size=(n, 33)).astype(np.float32) for n in (50, 70))
    whole, items = every_pair(Factors.plain(queries, Index(vectors)), 50, 70), Index(vectors)
    for rows in ([3], [49, 3, 3], list(range(30))):
        assert np.array_equal(every_pair(Factors.plain(queries[rows], items), len(rows), 70), whole[rows])


def pairs(seed: int, n_requests: int, n_items: int) -> tuple[np.ndarray, np.ndarray, Floats]:
    """Some pairs in any order, with scores of which many are equal."""
    rng = np.random.default_rng(seed)
    cells = rng.permutation(n_requests * n_items)[: rng.integers(0, n_requests * n_items + 1)]
    request, item = (place.astype(np.int32) for place in np.divmod(cells, n_items))
    return request, item, rng.integers(0, 4, len(cells)).astype(np.float32)


@given(seed=st.integers(0, 1000), k=st.integers(1, 5))
def test_the_best_of_each_request_are_found_in_any_order(seed: int, k: int) -> None:
    request, item, score = pairs(seed, 4, 9)
    table = np.zeros((4, 9), np.float32)
    table[request, item] = score
    found = best(request, item, score, k, 4)
    assert by_request(found, 4) == expected(table, is_open([[]] * 4, 9), k)
    assert np.array_equal(found.score, table[found.request, found.item])


def test_of_equal_scores_the_first_items_are_best() -> None:
    request, item, score = ints(0, 0, 0, 0), ints(3, 0, 2, 1), np.array([1, 1, 2, 1], np.float32)
    assert sorted(best(request, item, score, 3, 1).item.tolist()) == [0, 1, 2]


def test_requests_of_one_time_share_a_row() -> None:
    different, place = distinct_times(np.array([9.0, 5.0, 9.0]))
    assert (different.tolist(), place.tolist()) == ([5, 9], [1, 0, 1])
