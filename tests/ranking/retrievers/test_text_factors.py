"""Factors and popularity foretold from texts: planted truth, and nothing to learn from."""

import numpy as np

from recsys.events.interactions import Floats, Interactions
from recsys.ranking.retrievers import text_factors

USERS, ITEMS = 40, 20
COLD = (18, 19)
"""An item of the even group and one of the odd, chosen by nobody."""


def texts() -> Floats:
    """Two groups of items, even and odd, whose texts point in two directions, with some noise."""
    rng = np.random.default_rng(0)
    made = np.eye(2, 6)[np.arange(ITEMS) % 2] + rng.normal(0, 0.05, (ITEMS, 6))
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


def choices(of_group: int = USERS) -> Interactions:
    """Even users choose five even items, odd users five odd ones; `of_group`: how many users choose at all."""
    rng = np.random.default_rng(1)
    user = np.repeat(np.arange(of_group), 5)
    item = np.array([2 * rng.permutation(9)[:5] + person % 2 for person in range(of_group)]).ravel()
    day = np.tile(np.arange(5.0), of_group)
    return Interactions(user.astype(np.int32), item.astype(np.int32), np.ones(len(user), np.float32), day, USERS, ITEMS)


def factor_scores(known: Interactions) -> Floats:
    factors, _ = text_factors.fit(known, texts(), seed=0)
    return np.asarray((known.positives @ factors.known) @ factors.foretold.T)


def test_a_cold_item_is_given_to_those_who_choose_items_of_like_text() -> None:
    scores = factor_scores(choices())
    assert (scores[0::2, COLD[0]] > scores[0::2, COLD[1]]).all()
    assert (scores[1::2, COLD[1]] > scores[1::2, COLD[0]]).all()


def test_a_cold_item_is_as_popular_as_items_of_like_text() -> None:
    known = choices()
    odd_only = known.take(known.user % 4 != 0)
    _, popular = text_factors.fit(odd_only, texts(), seed=0)
    assert popular.foretold[COLD[1]] > popular.foretold[COLD[0]]
    counts = np.asarray(odd_only.positives.sum(axis=0)).ravel()
    assert abs(popular.foretold[COLD[1]] - np.log2(1 + counts[1:18:2]).mean()) < 0.5


def test_without_any_choice_there_is_nothing_to_foretell() -> None:
    factors, popular = text_factors.fit(choices(of_group=0), texts(), seed=0)
    assert not factors.known.any()
    assert not factors.foretold.any()
    assert not popular.foretold.any()
