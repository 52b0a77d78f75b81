"""Three users who are followed, of whom the third chose nothing, and one who follows them."""

import numpy as np
import pytest
import scipy.sparse as sp

from benchmarks.quality import cuts, follows_knn
from benchmarks.quality.follows_knn import FOLLOWS_KNN
from benchmarks.quality.tuning import Catalogue, judged
from recsys.events.interactions import Interactions
from recsys.events.split import Requests

USER, ITEM = np.array([0, 0, 1], np.int32), np.array([0, 1, 1], np.int32)
KNOWN = Interactions(USER, ITEM, np.ones(3, np.float32), np.arange(3.0), n_users=4, n_items=3)
ASKER = 3


def answered(links: list[float], shrinkage: float, user: int = ASKER, weight: float = 0.0) -> list[float]:
    """Scores of all items for somebody without a history, who follows the others with such weights."""
    graph = sp.csr_matrix(np.array([[0.0] * 4] * 3 + [links], np.float32))
    nothing = Interactions(USER[:0], ITEM[:0], np.zeros(0, np.float32), np.zeros(0), 1, 3)
    request = Requests(nothing, np.array([9.0]), np.array([user], np.int32))
    found = follows_knn.fit(KNOWN, graph, shrinkage, weight)(request)
    return [round(float(score), 3) for score in found[0]]


@pytest.mark.parametrize(
    ("links", "shrinkage", "expected"),
    [
        ([1, 1, 1, 0], 0.001, [0.5, 1.0, 0.0]),  # the mean of who chose anything
        ([3, 1, 0, 0], 0.001, [0.75, 1.0, 0.0]),  # the stronger link has more of a say
        ([0, 1, 0, 0], 1.0, [0.25, 1.0, 0.0]),  # half way to the shares of all, 0.5 and 1
        ([0, 0, 1, 0], 1.0, [0.5, 1.0, 0.0]),  # nobody speaks: the shares of all
    ],
)
def test_the_positives_of_people_followed_are_shrunk_to_those_of_all(
    links: list[float], shrinkage: float, expected: list[float]
) -> None:
    assert answered(links, shrinkage) == pytest.approx(expected, abs=0.002)


def test_an_unknown_user_gets_what_is_popular() -> None:
    assert answered([1, 0, 0, 0], 1.0, user=-1) == [0.5, 1.0, 0.0]


def test_without_a_history_nearest_users_add_nothing() -> None:
    assert answered([1, 1, 0, 0], 1.0, weight=10.0) == answered([1, 1, 0, 0], 1.0)


def test_who_is_known_by_links_alone_gets_the_planted_half(checkerboard: Interactions, catalogue: Catalogue) -> None:
    cut = cuts.social(checkerboard, catalogue.side)
    (found,) = FOLLOWS_KNN.answer(catalogue.task(cut), [{"shrinkage": 1.0, "weight": 0.0}], seed=0)
    rows = range(len(cut.splits["social-0"].requests))
    users = cut.splits["social-0"].requests.user
    assert all(set(found.items[row, :6] % 2) == {users[row] % 2} for row in rows)
    assert judged(found.items, cut)["social-0"].mean() > 0.6
