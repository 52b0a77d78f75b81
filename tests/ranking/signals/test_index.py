"""Search of item vectors: what is found, and among which items."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.events.interactions import Floats, Mask
from recsys.ranking.signals import index
from recsys.ranking.signals.index import Index
from tests.ranking.signals.tables import ints

EVERYTHING = np.ones(4, bool)
VECTORS = np.array([[1, 0], [0, 1], [0, 0], [2, 2]], np.float32)


def drawn(seed: int, n: int, rank: int = 8) -> Floats:
    return np.random.default_rng(seed).normal(size=(n, rank)).astype(np.float32)


def found(searched: Index, queries: Floats, k: int, available: Mask) -> list[list[int]]:
    """Items found for each query, sorted."""
    row, item, _ = searched.search(queries, k, available)
    return [sorted(item[row == place].tolist()) for place in range(len(queries))]


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


def test_an_index_travels_as_its_vectors_and_is_built_again() -> None:
    searched, query = Index(VECTORS, np.array([True, True, False, True])), np.ones((1, 2), np.float32)
    before = found(searched, query, 2, EVERYTHING)
    travelled = pickle.loads(pickle.dumps(searched))
    assert travelled._built is None
    assert travelled.known.tolist() == [True, True, False, True]
    assert found(travelled, query, 2, EVERYTHING) == before
    assert searched._built is not None


def test_of_many_items_those_in_the_nearest_cells_are_most_of_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    """Vectors lie around 40 centres, as those of items do."""
    monkeypatch.setattr(index, "EXACT", 100)
    rng = np.random.default_rng(1)
    vectors = (drawn(0, 40)[rng.integers(0, 40, 4000)] + drawn(2, 4000) / 4).astype(np.float32)
    queries, everything = vectors[:50], np.ones(4000, bool)
    everything[ints(5, 6, 7)] = False
    row, item, more = Index(vectors).search(queries, 20, everything)
    best = np.argsort(-np.where(everything, queries @ vectors.T, -np.inf), axis=1)[:, :20]
    recall = np.mean([np.isin(best[place], item[row == place]).mean() for place in range(50)])
    assert recall > 0.9
    assert everything[item].all()
    assert more.all()
