from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.errors import DataError
from recsys.events.interactions import Interactions, Ints
from recsys.events.tables import Tables
from recsys.interests.stage import ItemInterests
from recsys.ranking.lists.recommend import Shown, choose
from recsys.ranking.lists.rules import cap, permitted, rules_of
from recsys.ranking.world import world_of
from recsys.settings import ListSettings
from tests.ranking.ranker import literal

if TYPE_CHECKING:
    from tests.ranking.conftest import Shop

SHOP = np.array(["a", "b", "c", "d"], object)


@pytest.mark.parametrize(
    ("deny", "allow", "expected"),
    [
        ((), (), "abcd"),
        (("b", "d"), (), "ac"),
        ((), ("b", "c"), "bc"),
        (("b",), ("b", "c"), "c"),
        (("x",), (), "abcd"),
        ((), ("x",), ""),
    ],
)
def test_an_item_is_shown_if_it_is_allowed_and_not_denied(
    deny: tuple[str, ...], allow: tuple[str, ...], expected: str
) -> None:
    assert "".join(SHOP[permitted(SHOP, ListSettings(deny_items=deny, allow_items=allow))]) == expected


def test_ids_that_are_not_in_the_catalogue_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        permitted(SHOP, ListSettings(deny_items=("y", "a", "x")))
    assert caplog.messages == ["lists.deny_items: 2 of 3 items are not in the catalogue, such as x"]


def shown(scores: Sequence[float], categories: Sequence[str], most: int, top_n: int, trade: float = 0.0) -> Shown:
    """The list of one request for whom every item is a candidate."""
    n = len(scores)
    kinds = np.random.default_rng(0).dirichlet([0.3] * 3, n).astype(np.float32)
    limit = cap(categories, most)
    (one,) = choose(literal.bare(n), np.array(scores, np.float32), kinds, top_n, trade, limit)
    return one


def items(*arguments: object) -> list[int]:
    return shown(*arguments).item.tolist()  # type: ignore[arg-type, no-any-return]


SCORES = [9.0, 8, 7, 6, 5]


def test_no_more_than_the_cap_of_one_category_are_shown() -> None:
    assert items(SCORES, ["War", "War", "War", "Art", "Art"], 1, 2) == [0, 3]
    assert items(SCORES, ["War", "War", "War", "Art", "Art"], 2, 4) == [0, 1, 3, 4]


def test_an_item_of_several_categories_counts_in_each() -> None:
    assert items(SCORES, ["War|Art", "War", "Art", "Sea", "Sea"], 1, 2) == [0, 3]


def test_items_without_a_category_are_never_capped() -> None:
    assert items(SCORES, ["", "", "War", "War", ""], 1, 4) == [0, 1, 2, 4]


def test_the_cap_looks_beyond_the_pool_of_diversity() -> None:
    assert items(list(range(100, 0, -1)), ["War"] * 90 + ["Art"] * 10, 1, 2) == [0, 90]


def test_the_cap_is_given_up_only_where_the_list_would_be_short() -> None:
    """Three categories for four places: the best of War that waited comes where its score puts it."""
    one = shown(SCORES, ["War", "War", "War", "Art", "Sea"], 1, 4)
    assert one.item.tolist() == [0, 1, 3, 4]
    assert one.score.tolist() == [9, 8, 6, 5]


def test_without_a_cap_there_is_none() -> None:
    assert cap(["War"], 0) is None
    assert items(SCORES, ["War"] * 5, 0, 3) == [0, 1, 2]


@given(
    scores=st.lists(st.floats(-5, 5, width=32), min_size=8, max_size=8),
    categories=st.lists(st.sampled_from(["", "War", "Art", "Sea", "War|Art", "Art|Sea"]), min_size=8, max_size=8),
    most=st.integers(1, 3),
    top_n=st.integers(1, 8),
    trade=st.floats(0, 1),
)
def test_a_list_is_never_short_never_rises_and_is_above_the_cap_only_where_nothing_else_is_left(
    scores: list[float], categories: list[str], most: int, top_n: int, trade: float
) -> None:
    one = shown(scores, categories, most, top_n, trade)
    assert len(set(one.item.tolist())) == top_n
    assert one.score[0] == max(scores)
    assert (np.diff(one.score) <= 1e-5).all()
    limit = cap(categories, most)
    assert limit is not None
    if not all(limit.admits(np.delete(one.item, place), item) for place, item in enumerate(one.item)):
        assert not any(limit.admits(one.item, item) for item in set(range(8)) - set(one.item.tolist()))


def test_a_list_has_room_until_a_category_is_full() -> None:
    limit = cap(["War", "War|Art", "Art", ""], 2)
    assert limit is not None
    shown: Ints = np.array([0, 1], np.int32)
    assert [limit.admits(shown, item) for item in range(4)] == [False, False, True, True]
    assert limit.admits(np.zeros(0, np.int32), 0)


def test_what_the_rules_forbid_is_available_on_no_side_of_a_cut_and_what_is_sold_out_was_so_not_always(
    shop: Shop, history: Callable[..., Interactions]
) -> None:
    known = Tables(
        np.array(["u"], object),
        np.array(["a", "b", "c"], object),
        [],
        [],
        np.array([True, True, False]),
        history([(0, 2, 1, 1), (0, 0, 1, 2)], 1, 3),
        shop.world.side,
        timed=False,
    )
    understood = ItemInterests(np.ones((3, 1), np.float32), np.ones((3, 1), np.float32))
    world = world_of(known, understood, rules_of(known, ListSettings(deny_items=("a",))))
    assert world.available.tolist() == [False, True, False]
    assert world.then.available.tolist() == [False, True, True]
    assert not world.timed


def test_where_no_item_may_be_recommended_the_rules_are_named(shop: Shop, history: Callable[..., Interactions]) -> None:
    known = Tables(
        np.array(["u"], object),
        np.array(["a", "b"], object),
        [],
        [],
        np.array([True, False]),
        history([(0, 0, 1, 1)], 1, 2),
        shop.world.side,
        timed=True,
    )
    understood = ItemInterests(np.ones((2, 1), np.float32), np.ones((2, 1), np.float32))
    with pytest.raises(DataError, match="no item may be recommended") as refused:
        world_of(known, understood, rules_of(known, ListSettings(deny_items=("a",))))
    assert "1 of 2 available" in str(refused.value)
