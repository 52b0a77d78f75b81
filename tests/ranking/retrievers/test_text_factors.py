"""Factors and popularity foretold from texts: planted truth, and nothing to learn from."""

import numpy as np
import pytest

from recsys.events.interactions import Floats, Interactions
from recsys.events.split import now
from recsys.ranking.retrievers import text_factors, transitions
from recsys.ranking.retrievers.text_factors import TextFactors, TextPopularity
from recsys.transfer.model import Profiles

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


def fitted(known: Interactions) -> tuple[TextFactors, TextFactors, TextPopularity]:
    return text_factors.fit(known, transitions.fit(known, 3), texts(), seed=0)


def scores(of: TextFactors, known: Interactions) -> Floats:
    nobody: Profiles = None  # type: ignore[assignment]  # texts look at no profile
    return of.score(now(known, 9.0), nobody)


def test_a_cold_item_is_given_to_those_who_choose_items_of_like_text() -> None:
    factors, after, _ = fitted(choices())
    for found in (scores(factors, choices()), scores(after, choices())):
        assert (found[0::2, COLD[0]] > found[0::2, COLD[1]]).all()
        assert (found[1::2, COLD[1]] > found[1::2, COLD[0]]).all()


def test_a_cold_item_comes_after_what_items_of_like_text_come_after() -> None:
    """Everybody goes from even items to odd ones: who chose an even item last wants the odd cold one, as 17 do not."""
    pairs = [
        (user, item, 1, day) for user in range(USERS) for day, item in enumerate((2 * (user % 9), 1 + 2 * (user % 8)))
    ]
    columns = (np.array(column) for column in zip(*pairs, strict=True))
    user, item, weight, day = columns
    known = Interactions(
        user.astype(np.int32), item.astype(np.int32), weight.astype(np.float32), day.astype(float), USERS, ITEMS
    )
    after = fitted(known)[1]
    found = scores(after, known.take(known.day == 0))
    assert (found[:, COLD[1]] > found[:, COLD[0]]).all()


def test_the_latest_choices_count_most() -> None:
    factors = TextFactors(np.eye(2, dtype=np.float32), np.eye(2, dtype=np.float32), "text factors")
    known = Interactions(
        np.zeros(2, np.int32), np.array([0, 1], np.int32), np.ones(2, np.float32), np.arange(2.0), 1, 2
    )
    # Weights 0.9 and 1, divided by their sum.
    assert scores(factors, known)[0] == pytest.approx([0.9 / 1.9, 1 / 1.9])


def test_a_cold_item_is_as_popular_as_items_of_like_text() -> None:
    known = choices()
    odd_only = known.take(known.user % 4 != 0)
    *_, popular = fitted(odd_only)
    assert popular.foretold[COLD[1]] > popular.foretold[COLD[0]]
    counts = np.asarray(odd_only.positives.sum(axis=0)).ravel()
    assert abs(popular.foretold[COLD[1]] - np.log2(1 + counts[1:18:2]).mean()) < 0.5


def test_without_any_choice_there_is_nothing_to_foretell() -> None:
    factors, after, popular = fitted(choices(of_group=0))
    said = (factors.known, factors.foretold, after.known, after.foretold, popular.foretold)
    assert not any(one.any() for one in said)
