import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.metrics import ndcg_score

from recsys.evaluation import metrics
from recsys.evaluation.metrics import Values

LISTS = np.array([[3, 0, 1], [0, 2, -1], [5, 4, -1], [-1, -1, -1], [0, 1, 2]], np.int32)
WANTED = [[1, 3], [2], [0, 1, 2, 4, 5], [0], []]
"""Of the five requests: two, one, more than the list is long, one, and none."""


@pytest.fixture
def targets() -> sp.csr_matrix:
    dense = np.zeros((5, 6), np.float32)
    for row, items in enumerate(WANTED):
        dense[row, items] = 1
    return sp.csr_matrix(dense)


@pytest.fixture
def found(targets: sp.csr_matrix) -> Values:
    return metrics.hits(LISTS, targets)


@pytest.fixture
def wanted() -> Values:
    return np.array([len(items) for items in WANTED], float)


def test_a_hit_is_a_wanted_item_and_an_empty_place_is_none(found: Values) -> None:
    assert found.tolist() == [[1, 0, 1], [0, 1, 0], [1, 1, 0], [0, 0, 0], [0, 0, 0]]


def test_ndcg_by_hand(found: Values, wanted: Values) -> None:
    # Places weigh 1, 0.63093 and 0.5; the ideal has as many hits as are wanted, at most three.
    expected = [1.5 / 1.63093, 0.63093 / 1, 1.63093 / 2.13093, 0, 0]
    assert metrics.ndcg(found, wanted) == pytest.approx(expected, abs=1e-5)


def test_ndcg_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    truth = (rng.random((50, 12)) < 0.3).astype(float)
    truth[:, 0] = 1  # scikit-learn, too, has no ideal where nothing is wanted
    scores = rng.random(truth.shape)
    lists = np.argsort(-scores, axis=1)[:, :5].astype(np.int32)
    ours = metrics.ndcg(metrics.hits(lists, sp.csr_matrix(truth)), truth.sum(axis=1))
    assert ours.mean() == pytest.approx(ndcg_score(truth, scores, k=5))


def test_recall_by_hand(found: Values, wanted: Values) -> None:
    assert metrics.recall(found, wanted).tolist() == [1, 1, 0.4, 0, 0]


def test_mrr_by_hand(found: Values) -> None:
    assert metrics.mrr(found).tolist() == [1, 0.5, 1, 0, 0]


def test_diversity_by_hand() -> None:
    directions = np.array([[1, 0], [0, 1], [0.6, 0.8], [0, 0]], np.float32)
    lists = np.array([[0, 1, 2], [0, 2, -1], [0, 3, -1], [0, -1, -1], [-1, -1, -1]], np.int32)
    # Cosines of the pairs: 0, 0.6, 0.8; 0.6; 0, for an item without text is like none; no pair; no pair.
    assert metrics.diversity(lists, directions) == pytest.approx([1 - 1.4 / 3, 0.4, 1, 0, 0], abs=1e-6)


def test_novelty_by_hand() -> None:
    holders = np.array([8.0, 4.0, 1.0, 0.0])  # of 8 users: 0, 1 and 3 bits; an item nobody has counts as one's
    lists = np.array([[0, 1, 2], [1, -1, -1], [3, 2, -1], [-1, -1, -1]], np.int32)
    assert metrics.novelty(lists, holders, n_users=8) == pytest.approx([4 / 3, 1, 3, 0])


@pytest.mark.parametrize(("lists", "covered"), [([[0, 1], [1, -1]], 0.5), ([[-1, -1]], 0), ([[0, 1], [2, 3]], 1)])
def test_coverage_by_hand(lists: list[list[int]], covered: float) -> None:
    assert metrics.coverage(np.array(lists, np.int32), n_items=4) == covered


def test_debiased_recall_counts_rare_items_more_by_hand() -> None:
    # Holders 4, 1, 0, 9: propensities 2, 1, 1 (as with one holder), 3. Wanted by both: items 0, 1 and 3.
    wanted, holders = sp.csr_matrix(np.array([[1.0, 1, 0, 1], [1, 1, 0, 1]])), np.array([4.0, 1, 0, 9])
    lists = np.array([[0, 2], [1, -1]], np.int32)
    whole = 1 / 2 + 1 + 1 / 3
    assert metrics.debiased_recall(lists, wanted, holders) == pytest.approx([(1 / 2) / whole, 1 / whole])


def test_debiased_recall_is_recall_where_all_items_are_chosen_alike() -> None:
    wanted, lists = sp.csr_matrix(np.array([[1.0, 1, 0, 1]])), np.array([[0, 2, 3]], np.int32)
    assert metrics.debiased_recall(lists, wanted, np.full(4, 7.0)) == pytest.approx([2 / 3])
