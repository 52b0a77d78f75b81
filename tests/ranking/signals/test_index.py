"""Search of item vectors: what is found, and among which items."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.events.interactions import Floats, Mask
from recsys.ranking.signals import index
from recsys.ranking.signals.index import Index
from tests.kept import kept

EVERYTHING = np.ones(4, bool)
VECTORS = np.array([[1, 0], [0, 1], [0, 0], [2, 2]], np.float32)


def drawn(seed: int, n: int, rank: int = 8) -> Floats:
    return np.random.default_rng(seed).normal(size=(n, rank)).astype(np.float32)


def found(searched: Index, queries: Floats, k: int, available: Mask) -> list[list[int]]:
    """The `k` items of highest product among those found for each query, sorted."""
    row, item, _ = searched.search(queries, k, available)
    assert row.tolist() == sorted(row.tolist())
    products = [
        (queries[place] @ searched.vectors[item[row == place]].T, item[row == place]) for place in range(len(queries))
    ]
    return [sorted(items[np.argsort(-product)][:k].tolist()) for product, items in products]


@given(seed=st.integers(0, 1000), k=st.integers(1, 50), share=st.floats(0, 1))
def test_exact_search_finds_what_comparing_everything_finds(seed: int, k: int, share: float) -> None:
    vectors, queries = drawn(seed, 40), drawn(seed + 1, 5)
    available = np.random.default_rng(seed).random(40) < share
    products = np.where(available, queries @ vectors.T, -np.inf)
    best = [sorted(row[: min(k, available.sum())].tolist()) for row in np.argsort(-products, axis=1)]
    assert found(Index(vectors), queries, k, available) == best


def test_items_that_are_unavailable_or_have_no_vector_are_never_found() -> None:
    available = np.array([True, False, True, True])
    assert found(Index(VECTORS), np.ones((1, 2), np.float32), 4, available) == [[0, 3]]


def test_items_said_to_be_unknown_are_never_found_and_others_are_without_a_vector() -> None:
    known = np.array([False, True, True, True])
    assert found(Index(VECTORS, known), np.ones((1, 2), np.float32), 4, EVERYTHING) == [[1, 2, 3]]


def test_more_may_be_found_while_not_all_items_are() -> None:
    searched, query = Index(VECTORS), np.ones((2, 2), np.float32)
    assert searched.search(query, 2, EVERYTHING)[2].tolist() == [True, True]
    assert searched.search(query, 3, EVERYTHING)[2].tolist() == [False, False]


def test_available_items_may_change_between_searches() -> None:
    searched, query, available = Index(VECTORS), np.ones((1, 2), np.float32), EVERYTHING.copy()
    assert found(searched, query, 1, available) == [[3]]
    available[3] = False
    assert found(searched, query, 2, available) == [[0, 1]]


@pytest.mark.parametrize("vectors", [VECTORS, np.zeros((4, 2), np.float32), np.zeros((0, 2), np.float32)])
def test_without_queries_or_items_nothing_is_found(vectors: Floats) -> None:
    everything, searched = np.ones(len(vectors), bool), Index(vectors)
    assert found(searched, np.zeros((0, 2), np.float32), 3, everything) == []
    assert found(searched, np.ones((2, 2), np.float32), 3, ~everything) == [[], []]
    row, item, more = Index(vectors[:, :1] * 0).search(np.ones((2, 1), np.float32), 3, everything)
    assert (len(row), len(item), more.tolist()) == (0, 0, [False, False])


def test_an_index_is_kept_as_its_vectors_and_is_chosen_again(tmp_path: Path) -> None:
    searched, query = Index(VECTORS, np.array([True, True, False, True])), np.ones((1, 2), np.float32)
    before = found(searched, query, 2, EVERYTHING)
    read = kept(searched, tmp_path)
    assert read._open is None
    assert read.known.tolist() == [True, True, False, True]
    assert found(read, query, 2, EVERYTHING) == before
    assert searched._open is not None


@pytest.fixture(scope="module")
def small_blocks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index, "BLOCK", 60)
        yield


@given(seed=st.integers(0, 99), k=st.integers(1, 400))
def test_of_many_items_the_best_are_found_wherever_they_stand(seed: int, k: int, small_blocks: None) -> None:
    """Where the items looked at first are the best of all, everything is kept."""
    queries, vectors = np.ones((2, 1), np.float32), drawn(seed, 1000, rank=1)
    vectors[np.random.default_rng(0).permutation(1000)[:60]] += 9 * (seed % 2)
    best = sorted(np.argsort(-vectors[:, 0], kind="stable")[:k].tolist())
    assert found(Index(vectors), queries, k, np.ones(1000, bool)) == [best, best]


def test_a_query_finds_the_same_in_any_company() -> None:
    vectors, queries, everything = drawn(0, 300), drawn(1, 150), np.ones(300, bool)
    together = found(Index(vectors), queries, 20, everything)
    for rows in ([7], [149, 7], list(range(100))):
        assert found(Index(vectors), queries[rows], 20, everything) == [together[row] for row in rows]
