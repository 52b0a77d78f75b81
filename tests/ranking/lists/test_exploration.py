from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from recsys.events.interactions import Interactions
from recsys.events.split import Requests
from recsys.ranking.candidates import Candidates
from recsys.ranking.lists.exploration import fitting
from recsys.ranking.lists.recommend import Shown, choose, explore, recommend
from recsys.ranking.lists.rules import Cap, cap
from recsys.settings import Settings
from tests.ranking.ranker import literal

if TYPE_CHECKING:
    from tests.ranking.conftest import Shop

N = 20
EVENTS_COLUMN = literal.fact("item events")
EASE, TEXT = literal.spec("ease"), literal.spec("text", "text", content_based=True)
COLUMNS = (*literal.scored(EASE), *literal.scored(TEXT), EVENTS_COLUMN)


def asked(users: Sequence[int], at: float = 100.0) -> Requests:
    nothing = np.zeros(0, np.int32)
    empty = Interactions(nothing, nothing, np.zeros(0, np.float32), np.zeros(0), len(users), N)
    return Requests(empty, np.full(len(users), at), np.array(users, np.int32))


def candidates(events: Sequence[int], text: Sequence[float], requests: int = 1) -> Candidates:
    """Every item for every request; where text has something to say, the item is its nominee."""
    said = np.array(text, np.float32)
    each = np.stack([np.ones(N), np.ones(N), said, np.where(said > 0, 0.5, -1), np.log1p(events)], axis=1)
    return literal.candidates(np.tile(each, (requests, 1, 1)), COLUMNS)


SCORES = np.arange(N, 0, -1).astype(np.float32)
EVENTS = [100] * 10 + [9, 8, 7, 6, 0, 4, 3, 2, 1, 5]


def lists(
    given: Candidates,
    share: float,
    users: Sequence[int] = (0,),
    at: float = 100.0,
    limit: Cap | None = None,
    seed: int = 7,
    scores: Sequence[float] = tuple(SCORES),
) -> list[Shown]:
    """Ten of the items for each request: the ranker puts item 0 first, and so on."""
    own = np.tile(np.array(scores, np.float32), len(users))
    shown = choose(given, own, np.ones((N, 1), np.float32), 10, 0.0, limit=limit)
    return explore(shown, given, own, asked(users, at), Settings(lists={"exploration": share}, seed=seed), limit)


def test_share_0_changes_nothing() -> None:
    (one,) = lists(candidates(EVENTS, [1] * N), 0.0)
    assert one.item.tolist() == list(range(10))
    assert not one.explored.any()


def test_a_fifth_of_ten_are_the_two_fitting_items_with_fewest_events() -> None:
    """Item 14 has no event, but its text says nothing. Items 18 and 17 come next, in the order of their scores."""
    (one,) = lists(candidates(EVENTS, [1] * 14 + [0] + [1] * 5), 0.2)
    assert one.item.tolist() == [*range(8), 17, 18]
    assert one.explored.tolist() == [False] * 8 + [True] * 2
    assert one.score.tolist() == [*SCORES[:8], SCORES[17], SCORES[18]]
    assert not one.penalty.any()


@pytest.mark.parametrize("share", [0.04, 0.05, 0.25])
def test_a_share_that_is_no_whole_number_of_places_is_kept_over_many_lists(share: float) -> None:
    found = lists(candidates([100] * 11 + [0] * 9, [1] * N, requests=400), share, range(400))
    assert np.mean([shown_list.explored for shown_list in found]) == pytest.approx(share, abs=0.01)


def test_items_that_many_know_are_not_explored() -> None:
    (one,) = lists(candidates([5] * N, [1] * N), 0.5)
    assert not one.explored.any()
    (one,) = lists(candidates([5] * 19 + [1], [1] * N), 0.5)
    assert one.item.tolist() == [*range(9), 19]


def test_what_fits_is_what_content_based_signals_nominated_whatever_their_name() -> None:
    given = candidates(EVENTS, [1, 0] * 10)
    assert fitting(given).tolist() == [True, False] * 10
    graph = (*literal.scored(EASE), *literal.scored(literal.spec("text", "text")), EVENTS_COLUMN)
    assert not fitting(replace(given, columns=graph)).any()


def test_an_explored_item_that_scores_above_the_place_before_pays_the_difference() -> None:
    """Item 17 scores 3 and follows an item that diversity brought from 19 down to 2."""
    given, rows = candidates([100] * 17 + [1] + [100] * 2, [1] * N), np.arange(3, dtype=np.int32)
    own, taken = np.array([20, 2, 1], np.float32), np.array([0, 17, 17], np.float32)
    diverse = Shown(rows, own, rows, taken, np.zeros(3, bool))
    (one,) = explore([diverse], given, SCORES, asked([0]), Settings(lists={"exploration": 1 / 3}))
    assert one.item.tolist() == [0, 1, 17]
    assert one.score.tolist() == [20, 2, 2]
    assert one.penalty.tolist() == [0, 17, 1]


def test_the_cap_on_categories_holds_for_what_is_explored() -> None:
    """Items 18 and 17 are of a category that the first places have filled."""
    limit = cap(["War", "War", *(["Sea"] * 3), *([""] * 12), "War", "War", ""], 2)
    (one,) = lists(candidates(EVENTS, [1] * N), 0.2, limit=limit)
    assert not {17, 18} & set(one.item.tolist())
    assert set(one.item[one.explored].tolist()) == {14, 16}


def test_users_explore_different_items_so_that_coverage_grows_and_a_rerun_the_same() -> None:
    """Half of the shop is new, so which of the new items comes is drawn for each user and day."""
    given = candidates([100] * 11 + [0] * 9, [1] * N, requests=9)

    def shown(**more: float) -> list[list[int]]:
        return [shown_list.item.tolist() for shown_list in lists(given, 0.2, range(9), **more)]  # type: ignore[arg-type]

    plain = lists(given, 0.0, range(9))
    assert len({item for shown_list in plain for item in shown_list.item.tolist()}) == 10
    assert len({item for shown_list in shown() for item in shown_list}) > 13
    assert shown() == shown()
    assert shown() != shown(at=101.0)
    assert shown() != shown(seed=8)
    assert shown()[4] == lists(candidates([100] * 11 + [0] * 9, [1] * N), 0.2, [4])[0].item.tolist()


def test_of_nothing_nothing_is_explored() -> None:
    (one, other) = lists(literal.candidates(np.zeros((2, 0, 5)), COLUMNS), 1.0, [0, 1], scores=())
    assert len(one.item) == len(other.item) == 0


def test_a_shop_that_explores_says_so(shop: Shop) -> None:
    settings = shop.settings.model_copy(update={"lists": shop.settings.lists.model_copy(update={"exploration": 0.25})})
    shown, reasons = recommend(shop.models, shop.ranker, shop.everyone(), settings, shop.words)
    explored_by_reason = [
        reason.text.startswith("little known yet, but it fits: ") for of_list in reasons for reason in of_list
    ]
    assert explored_by_reason == [bool(explored) for of_list in shown for explored in of_list.explored]
    assert any(explored_by_reason)
