"""The nearest of many rows, beside what comparing with all of them finds."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.preprocessing import normalize

from recsys.transfer.donors import nearest
from recsys.transfer.donors.nearest import Nearest

NOBODY = np.full(30, -1, np.int32)


def unit(rows: np.ndarray) -> sp.csr_matrix:
    return sp.csr_matrix(normalize(rows).astype(np.float32))


def by_comparing_all(rows: sp.csr_matrix, count: int) -> np.ndarray:
    cosine = (rows @ rows.T).toarray()
    np.fill_diagonal(cosine, 0.0)
    return -np.sort(-cosine, axis=1)[:, :count]


def largest(found: sp.csr_matrix, count: int) -> np.ndarray:
    return -np.sort(-found.toarray(), axis=1)[:, :count]


@given(rows=arrays(np.float32, (9, 6), elements=st.sampled_from([0.0, 0.0, 1.0, 2.0])), count=st.integers(1, 12))
def test_where_no_list_is_cut_it_finds_what_comparing_all_finds(rows: np.ndarray, count: int) -> None:
    sparse = unit(rows)
    found = Nearest(sparse).of(sparse, np.arange(9, dtype=np.int32), count)
    assert largest(found, min(count, 9)) == pytest.approx(by_comparing_all(sparse, count), abs=1e-6)
    assert (np.diff(found.indptr) <= count).all()
    assert not found.diagonal().any()


def test_twins_by_a_rare_item_find_each_other_though_all_have_the_popular_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """40 people have both popular items; each two of them share one more."""
    monkeypatch.setattr(nearest, "WORK", 8.0)
    rows = unit(np.hstack([np.full((40, 2), 0.1), np.repeat(np.eye(20), 2, axis=0)]))
    found = Nearest(rows).of(rows, np.arange(40, dtype=np.int32), 1)
    assert found.indices.tolist() == (np.arange(40) ^ 1).tolist()
    assert found.data == pytest.approx(1.0)


def test_cut_lists_keep_nearly_all_of_the_similarity(monkeypatch: pytest.MonkeyPatch) -> None:
    """2,000 people of twenty tastes take half of what they have from a few hits; lists are cut."""
    rng = np.random.default_rng(0)
    hits, taste = rng.geometric(0.05, (2_000, 8)) % 400, np.repeat(np.arange(20), 100)
    own = 400 + 40 * taste[:, None] + rng.integers(40, size=(2_000, 8))
    positives = np.zeros((2_000, 1_200), np.float32)
    np.put_along_axis(positives, np.hstack([hits, own]), 1.0, axis=1)
    rows = unit(positives * np.log1p(2_000 / np.maximum(positives.sum(axis=0), 1)))
    monkeypatch.setattr(nearest, "WORK", 400.0)
    found = largest(Nearest(rows).of(rows, np.arange(2_000, dtype=np.int32), 20), 20)
    assert positives.sum(axis=0).max() > 600
    assert 0.99 < found.sum() / by_comparing_all(rows, 20).sum() < 1


def test_where_all_items_are_popular_who_chose_much_is_not_left_with_those_who_chose_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """4,000 people of two tastes in 20 items; most chose one or two, some eight, and these are asked."""
    rng, taste = np.random.default_rng(0), np.arange(4_000) % 2
    counts = np.where(np.arange(4_000) % 20 < 2, 8, rng.integers(1, 3, 4_000))
    positives = np.zeros((4_000, 20), np.float32)
    for user, (kind, count) in enumerate(zip(taste, counts, strict=True)):
        positives[user, 10 * kind + rng.permutation(10)[:count]] = 1.0
    rows, much = unit(positives), np.flatnonzero(counts == 8).astype(np.int32)
    monkeypatch.setattr(nearest, "WORK", 400.0)
    found = Nearest(rows).of(rows[much], much, 20)
    assert largest(found, 20).sum() / by_comparing_all(rows, 20)[much].sum() > 0.9


def test_pairs_in_parts_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    rows = unit((rng.random((60, 30)) < 0.3).astype(np.float32))
    monkeypatch.setattr(nearest, "WORK", 40.0)
    whole = Nearest(rows).of(rows, np.arange(60, dtype=np.int32), 5)
    monkeypatch.setattr(nearest, "PAIRS", 7)
    assert np.array_equal(Nearest(rows).of(rows, np.arange(60, dtype=np.int32), 5).toarray(), whole.toarray())


def test_who_has_nothing_is_near_nobody_and_near_to_nobody() -> None:
    rows = unit(np.vstack([np.zeros((1, 3)), np.eye(3)]))
    assert Nearest(rows).of(rows, NOBODY[:4], 2).toarray().tolist() == np.diag([0, 1, 1, 1]).tolist()
    assert Nearest(rows[:0]).of(rows, NOBODY[:4], 2).shape == (4, 0)
