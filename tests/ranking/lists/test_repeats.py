"""A grocer: everyone buys the same few things again and again."""

import re
from dataclasses import replace

import numpy as np
import pytest

from recsys.events.interactions import Interactions
from tests.ranking.conftest import ITEMS, POSITIVES, USERS, Shop, open_shop

STAPLES, ROUNDS = 3, 10


def purchases() -> Interactions:
    """Each user buys three things of their own, in another order each time, and one thing by chance in between.

    They come one after another, so that two who buy on the same day are at another place of their histories.
    """
    rng = np.random.default_rng(2)
    baskets = [
        rng.permutation(np.append(staples(user), rng.integers(ITEMS - 1)))
        for user in range(USERS)
        for _ in range(ROUNDS)
    ]
    item = np.concatenate(baskets).astype(np.int32)
    user = np.repeat(np.arange(USERS, dtype=np.int32), ROUNDS * (STAPLES + 1))
    day = np.tile(np.arange(ROUNDS * (STAPLES + 1), dtype=float), USERS) + 0.7 * user
    return Interactions(user, item, np.ones(len(item), np.float32), day, USERS, ITEMS, np.ones(len(item), bool))


def staples(user: int) -> list[int]:
    return [(user + step * POSITIVES) % (ITEMS - 1) for step in range(STAPLES)]


@pytest.fixture(scope="module")
def grocer() -> Shop:
    return open_shop(known=purchases())


def test_what_is_bought_again_and_again_comes_first(grocer: Shop) -> None:
    first = [set(shown.item[:STAPLES].tolist()) for shown in grocer.recommend(grocer.everyone())[0]]
    found = [len(first[user] & set(staples(user))) for user in range(USERS)]
    assert np.mean(found) > 0.9 * STAPLES


def test_lists_that_trees_order_are_the_same_bit_for_bit_in_any_number_of_shards(grocer: Shop) -> None:
    assert any(expert.texts for expert in grocer.ranker.experts)
    whole, reasons = grocer.recommend(grocer.everyone())
    for count in (4, 16):
        shards = [
            grocer.recommend(grocer.everyone().part(rows))
            for rows in np.array_split(np.arange(USERS, dtype=np.int32), count)
        ]
        shown = [made for lists, _ in shards for made in lists]
        assert [made.item.tolist() for made in shown] == [made.item.tolist() for made in whole]
        assert [made.score.tolist() for made in shown] == [made.score.tolist() for made in whole]
        assert [reason for _, some in shards for reason in some] == reasons


def test_the_reason_says_that_it_is_known_from_before(grocer: Shop) -> None:
    reasons = [reason for some in grocer.recommend(grocer.everyone())[1] for reason in some[:STAPLES]]
    assert np.mean(["before" in reason.text or "recent" in reason.text for reason in reasons]) > 0.5


def test_no_item_is_said_to_be_chosen_after_itself(grocer: Shop) -> None:
    lists, reasons = grocer.recommend(grocer.everyone())
    for shown, some in zip(lists, reasons, strict=True):
        for item, reason in zip(shown.item.tolist(), some, strict=True):
            assert not re.search(rf"after Title {item}\b", reason.text)


def test_only_the_last_thing_of_every_history_may_be_one_to_repeat() -> None:
    """Models of earlier moments know of no such thing, those of today do."""
    known = purchases()
    shop = open_shop(known=replace(known, repeatable=known.order_from_end == 0))
    assert all(len(shown.item) for shown in shop.recommend(shop.everyone())[0])


def test_unless_its_action_is_repeatable_nothing_bought_is_shown_again() -> None:
    shop = open_shop(known=replace(purchases(), repeatable=None))
    requests = shop.everyone()
    for row, shown in enumerate(shop.recommend(requests)[0]):
        assert not set(shown.item.tolist()) & set(requests.history.item[requests.history.user == row].tolist())
