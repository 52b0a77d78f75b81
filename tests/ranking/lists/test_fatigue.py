from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import scipy.sparse as sp

from recsys.events.interactions import Interactions
from recsys.events.split import Requests
from recsys.ranking.lists import fatigue
from recsys.ranking.lists.recommend import Shown, compose
from recsys.settings import Settings
from tests.ranking.conftest import ITEMS, USERS
from tests.ranking.ranker import literal

if TYPE_CHECKING:
    from tests.ranking.conftest import Shop


def asked(tired: Sequence[Sequence[int]] | None) -> Requests:
    """Requests whose users are tired of the items at which there is a 1."""
    n = 1 if tired is None else len(tired)
    nothing = np.zeros(0, np.int32)
    empty = Interactions(nothing, nothing, np.zeros(0, np.float32), np.zeros(0), n, 4)
    matrix = None if tired is None else sp.csr_matrix(np.array(tired, np.int8))
    return Requests(empty, np.full(n, 100.0), np.arange(n, dtype=np.int32), tired=matrix)


def order(scores: Sequence[float], requests: Requests) -> list[list[int]]:
    """Items of each request, each of which has all of them, by their lowered scores."""
    n = len(requests)
    candidates, own = literal.bare(*[len(scores)] * n), np.tile(np.array(scores, np.float32), n)
    made = fatigue.lowered(own, candidates, fatigue.tired(candidates, requests)).reshape(n, -1)
    return np.argsort(-made, axis=1, kind="stable").tolist()  # type: ignore[no-any-return]


def test_what_a_user_is_tired_of_comes_below_all_else_and_the_rest_keeps_its_order() -> None:
    assert order([4, 3, 2, 1], asked([[1, 0, 0, 0]])) == [[1, 2, 3, 0]]
    assert order([4, 3, 2, 1], asked([[1, 0, 1, 0]])) == [[1, 3, 0, 2]]


def test_one_users_fatigue_is_nobody_elses() -> None:
    assert order([4, 3, 2, 1], asked([[0, 0, 0, 0], [0, 1, 0, 0]])) == [[0, 1, 2, 3], [0, 2, 3, 1]]


@pytest.mark.parametrize("tired", [None, [[0, 0, 0, 0]], [[1, 1, 1, 1]]])
def test_without_fatigue_or_with_nothing_else_scores_stay_as_they_are(tired: Sequence[Sequence[int]] | None) -> None:
    requests, own = asked(tired), np.array([4, 3, 2, 1], np.float32)
    candidates = literal.bare(4)
    assert fatigue.lowered(own, candidates, fatigue.tired(candidates, requests)).tolist() == own.tolist()


def test_what_is_last_already_keeps_its_score() -> None:
    requests, own, candidates = asked([[0, 0, 0, 1]]), np.array([4, 3, 2, -9], np.float32), literal.bare(4)
    assert fatigue.lowered(own, candidates, fatigue.tired(candidates, requests)).tolist() == own.tolist()


def lists(shop: Shop, tired: sp.csr_matrix | None, **chosen: float) -> list[Shown]:
    requests = replace(shop.everyone(), tired=tired)
    profiles = shop.models.transfer.profiles(requests)
    candidates = shop.models.nominate(requests, profiles, shop.settings)
    settings = Settings(lists={"top_n": 6, **chosen})
    return compose(shop.models, shop.ranker.score(candidates), candidates, requests, settings)


def first_two(made: Sequence[Shown]) -> sp.csr_matrix:
    """Each user is tired of the two best items of their list."""
    rows, items = np.arange(USERS).repeat(2), np.concatenate([shown.item[:2] for shown in made])
    return sp.csr_matrix((np.ones(len(items), np.int8), (rows, items)), shape=(USERS, ITEMS))


def test_a_list_goes_on_without_what_its_user_is_tired_of(shop: Shop) -> None:
    before = lists(shop, None, diversity=0)
    after = lists(shop, first_two(before), diversity=0)
    for was, now in zip(before, after, strict=True):
        assert now.item[:4].tolist() == was.item[2:].tolist()
        assert not set(now.item.tolist()) & set(was.item[:2].tolist())
        assert now.penalty[:4].tolist() == [0] * 4


def test_scores_never_rise_and_a_penalty_says_what_fatigue_took_off(shop: Shop) -> None:
    everything = sp.csr_matrix(np.tril(np.ones((USERS, ITEMS), np.int8)))
    requests = replace(shop.everyone(), tired=everything)
    candidates = shop.models.nominate(requests, shop.models.transfer.profiles(requests), shop.settings)
    own = shop.ranker.score(candidates)
    for shown in lists(shop, everything):
        assert (np.diff(shown.score) <= 1e-6).all()
        assert np.allclose(own[shown.candidate] - shown.penalty, shown.score, atol=1e-5)


def test_what_a_user_is_tired_of_is_not_explored(shop: Shop) -> None:
    explored = [set(shown.item[shown.explored].tolist()) for shown in lists(shop, None, exploration=0.5)]
    assert any(explored)
    rows = np.concatenate([np.full(len(items), user) for user, items in enumerate(explored)]).astype(int)
    items = np.concatenate([sorted(items) for items in explored]).astype(int)
    tired = sp.csr_matrix((np.ones(len(rows), np.int8), (rows, items)), shape=(USERS, ITEMS))
    for before, shown in zip(explored, lists(shop, tired, exploration=0.5), strict=True):
        assert not before & set(shown.item[shown.explored].tolist())
