"""Two groups whose choices among books (items 0 and 1) decide those among films (items 2 and 3)."""

import numpy as np
import pytest
import scipy.sparse as sp

from benchmarks.quality import cuts, kernel_ridge, source_knn
from benchmarks.quality.here import Here, Scores
from benchmarks.quality.kernel_ridge import KERNEL_RIDGE, ridge, unit
from benchmarks.quality.source_knn import SOURCE_KNN
from benchmarks.quality.sources import passages
from benchmarks.quality.tuning import Catalogue, judged, tune
from recsys.events.interactions import Interactions
from recsys.events.split import Requests

DOMAIN = np.array([0, 0, 1, 1], np.int32)


def interactions_of(*lists: list[int]) -> Interactions:
    """What each user chose, a day apart."""
    user = np.repeat(np.arange(len(lists), dtype=np.int32), [len(items) for items in lists])
    item = np.concatenate([np.array(items, np.int32) for items in lists])
    return Interactions(user, item, np.ones(len(item), np.float32), np.arange(len(item), dtype=float), len(lists), 4)


KNOWN = interactions_of([0, 2], [1, 3], [0], [3])


def asked(model: Scores, *lists: list[int], user: int = -1) -> list[list[float]]:
    """What the model answers to such histories."""
    history = interactions_of(*lists)
    scores = model(Requests(history, np.full(len(lists), 9.0), np.full(len(lists), user, np.int32)))
    return [[round(float(score), 3) for score in row] for row in scores]


def test_who_was_on_both_sides_is_learnt_from() -> None:
    into_books, into_films = passages(KNOWN, DOMAIN)
    assert into_films.users.tolist() == [0, 1]
    assert into_films.items.tolist() == [2, 3]
    assert into_films.positives.toarray().tolist() == [[1, 0], [0, 1]]
    assert (into_films.sources.toarray() > 0).tolist() == [[True, False, False, False], [False, True, False, False]]
    assert (into_books.users.tolist(), into_books.items.tolist()) == ([0, 1], [0, 1])


def test_without_a_second_domain_there_is_nothing_to_learn_from() -> None:
    assert list(passages(KNOWN, np.zeros(4, np.int32))) == []
    assert asked(kernel_ridge.fit(KNOWN, np.zeros(4, np.int32), l2=1.0), [0]) == [[0.0, 0.0, 0.0, 0.0]]


def test_films_are_foretold_from_books_and_books_from_films() -> None:
    ridges = kernel_ridge.fit(KNOWN, DOMAIN, l2=1.0)
    nearest = source_knn.fit(KNOWN, DOMAIN, neighbours=1, shrinkage=0.0)
    assert asked(ridges, [0], [1], [3]) == [[0, 0, 0.5, 0], [0, 0, 0, 0.5], [0, 0.5, 0, 0]]
    assert asked(nearest, [0], [1], [3]) == [[0, 0, 1.0, 0], [0, 0, 0, 1.0], [0, 1.0, 0, 0]]


def test_nobody_is_a_neighbour_of_their_own() -> None:
    assert asked(source_knn.fit(KNOWN, DOMAIN, neighbours=1, shrinkage=0.0), [0], user=0) == [[0.0, 0.0, 0.0, 0.0]]


def test_what_was_chosen_in_a_domain_says_nothing_of_that_domain() -> None:
    ridges = kernel_ridge.fit(KNOWN, DOMAIN, l2=1.0)
    assert asked(ridges, [0, 3])[0][2:] == asked(ridges, [0])[0][2:]


def test_ridge_solved_by_rows_is_ridge_solved_by_columns() -> None:
    rows = unit(sp.random(5, 9, 0.5, "csr", random_state=0))
    wanted = sp.random(5, 3, 0.5, "csr", random_state=1)
    doubled = ridge(sp.vstack([rows] * 4).tocsr(), sp.vstack([wanted] * 4).tocsr(), l2=4.0)
    assert doubled == pytest.approx(ridge(rows, wanted, l2=1.0))


@pytest.mark.parametrize("peer", [KERNEL_RIDGE, SOURCE_KNN], ids=lambda peer: peer.name)
def test_the_planted_half_of_a_domain_comes_first_for_who_is_new_to_it(
    peer: Here, checkerboard: Interactions, catalogue: Catalogue
) -> None:
    cut = cuts.cross(checkerboard, catalogue.side)
    best = tune(peer, cuts.cross(cut.known, catalogue.side), catalogue, seed=0).best
    task = catalogue.task(cut)
    (found,) = peer.answer(task, [best], seed=0)
    for user, items, closed in zip(task.requests.user, found.items, task.closed, strict=True):
        mine = np.flatnonzero(~closed & (np.arange(len(closed)) % 2 == user % 2))
        assert set(items[: len(mine)].tolist()) == set(mine.tolist())
    assert all(values.mean() > 0.6 for values in judged(found.items, cut).values())
