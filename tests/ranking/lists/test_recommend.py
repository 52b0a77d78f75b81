from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from recsys.events.interactions import Interactions
from recsys.events.split import Requests
from recsys.ranking import models
from recsys.ranking.lists.reasons import Reason
from recsys.ranking.lists.recommend import Shown, choose
from recsys.ranking.lists.rules import cap
from recsys.settings import load
from tests.brief import brief_training
from tests.ranking.ranker import literal

if TYPE_CHECKING:
    from tests.ranking.conftest import Shop

Lists = tuple[list[Shown], list[list[Reason]]]


@pytest.fixture(scope="module")
def lists(shop: Shop) -> Lists:
    return shop.recommend(shop.everyone())


@pytest.fixture(params=["shop", "shop_without_transfer"])
def either(request: pytest.FixtureRequest) -> Shop:
    return request.getfixturevalue(request.param)  # type: ignore[no-any-return]


def plain(lists: Lists) -> list[tuple[list[int], list[float], list[Reason]]]:
    return [(one.item.tolist(), one.score.tolist(), reasons) for one, reasons in zip(*lists, strict=True)]


def seen(requests: Requests, row: int) -> set[int]:
    return set(requests.history.item[requests.history.user == row].tolist())


def test_unseen_items_of_the_users_own_group_come_first(either: Shop) -> None:
    """The planted truth: even users choose even items, and item 23 cannot be had."""
    requests = either.everyone()
    for row, shown in enumerate(either.recommend(requests)[0][:-2]):
        unseen = {item for item in range(23) if item % 2 == row % 2} - seen(requests, row)
        assert set(shown.item[: len(unseen)].tolist()) == unseen


def test_nothing_is_shown_that_was_seen_cannot_be_had_or_comes_twice(either: Shop) -> None:
    requests = either.everyone()
    for row, shown in enumerate(either.recommend(requests)[0]):
        items = shown.item.tolist()
        assert len(items) == len(set(items)) == 8
        assert not seen(requests, row) & set(items)
        assert 23 not in items


def test_scores_never_rise_down_the_list(lists: Lists) -> None:
    for shown in lists[0]:
        assert (np.diff(shown.score) <= 1e-6).all()


def test_every_item_shown_has_a_reason(lists: Lists) -> None:
    for shown, reasons in zip(*lists, strict=True):
        assert len(reasons) == len(shown.item)
        assert all(reasons)


def test_asked_again_the_lists_are_the_same(shop: Shop, lists: Lists) -> None:
    assert plain(shop.recommend(shop.everyone())) == plain(lists)


def test_fitted_again_the_candidates_are_the_same(shop: Shop) -> None:
    with brief_training():
        again = models.fit(shop.known, shop.world, shop.settings).candidates(shop.everyone(), shop.settings)
    assert np.array_equal(again.features, shop.models.candidates(shop.everyone(), shop.settings).features)


@pytest.mark.parametrize("rows", [[0], [23], [5, 5], [22, 3, 0, 17]])
def test_a_user_gets_the_same_list_in_any_company(shop: Shop, lists: Lists, rows: list[int]) -> None:
    some = shop.recommend(shop.everyone().part(np.array(rows, np.int32)))
    assert plain(some) == [plain(lists)[row] for row in rows]


@pytest.mark.parametrize("count", [1, 4, 16])
def test_lists_are_the_same_bit_for_bit_in_any_number_of_shards(shop: Shop, lists: Lists, count: int) -> None:
    """Scores and reasons too."""
    rows = np.array_split(np.arange(24, dtype=np.int32), count)
    parts = [plain(shop.recommend(shop.everyone().part(some))) for some in rows]
    assert list(itertools.chain(*parts)) == plain(lists)


@pytest.mark.parametrize("size", [1, 7, 24])
def test_lists_are_the_same_bit_for_bit_in_batches_of_any_size(
    shop: Shop, lists: Lists, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(models, "BATCH", size)
    assert len(shop.models.batches(24)) == -(-24 // size)
    assert plain(shop.recommend(shop.everyone())) == plain(lists)


def test_lists_are_the_same_bit_for_bit_among_many_requests(shop: Shop, lists: Lists) -> None:
    """Products of larger matrices may be summed in another order."""
    many = shop.everyone().part(np.tile(np.arange(24, dtype=np.int32), 25))
    assert len(many) > models.BATCH
    assert plain(shop.recommend(many)) == 25 * plain(lists)


def test_rules_diversity_and_exploration_are_the_same_bit_for_bit_in_any_number_of_shards(shop: Shop) -> None:
    settings = load(["lists.top_n=8", "lists.diversity=0.5", "lists.exploration=0.3"])
    capped = cap([f"kind {item % 5}" for item in range(24)], 2)
    varied = replace(shop, models=replace(shop.models, cap=capped), settings=settings)
    whole = plain(varied.recommend(shop.everyone()))
    assert whole != plain(shop.recommend(shop.everyone()))
    for count in (4, 16):
        rows = np.array_split(np.arange(24, dtype=np.int32), count)
        parts = [plain(varied.recommend(shop.everyone().part(some))) for some in rows]
        assert list(itertools.chain(*parts)) == whole


def test_nobody_asking_gets_no_list(either: Shop) -> None:
    assert either.recommend(either.everyone().part(np.zeros(0, np.int32))) == ([], [])


def test_who_has_no_events_gets_a_list(shop: Shop, lists: Lists) -> None:
    assert [len(lists[0][row].item) for row in (22, 23)] == [8, 8]
    assert plain(lists)[22] == plain(lists)[23]


def test_an_unknown_user_gets_the_list_of_who_has_no_events(
    either: Shop, unknown_user: Callable[[int, float], Requests]
) -> None:
    expected = plain(either.recommend(either.everyone()))[23]
    assert plain(either.recommend(unknown_user(24, 100.0))) == [expected]


def test_who_has_seen_everything_gets_an_empty_list(shop: Shop, history: Callable[..., Interactions]) -> None:
    everything = history([(0, item, 1, item) for item in range(24)], 1, 24)
    requests = Requests(everything, np.array([100.0]), np.array([-1], np.int32))
    assert plain(shop.recommend(requests)) == [([], [], [])]


def test_without_transfer_no_term_of_a_donor_is_left(shop_without_transfer: Shop) -> None:
    for expert in shop_without_transfer.ranker.experts:
        assert "own interests" in {column.name for column in expert.columns}
        assert not any(column.transfers for column in expert.columns)
    _, reasons = shop_without_transfer.recommend(shop_without_transfer.everyone())
    for reason in itertools.chain(*reasons):
        assert "which you may like" not in reason.text
        assert "by people" not in reason.text


def _chosen(scores: Sequence[float], top_n: int, trade: float, membership: Sequence[Sequence[float]]) -> list[int]:
    (shown,) = choose(
        literal.bare(len(scores)), np.array(scores, np.float32), np.array(membership, np.float32), top_n, trade
    )
    return shown.item.tolist()  # type: ignore[no-any-return]


def test_ties_are_broken_by_item() -> None:
    assert _chosen([1, 2, 2, 1, 2], 4, 0.0, [[1, 0]] * 5) == [1, 2, 4, 0]


def test_diversity_lets_another_interest_in() -> None:
    assert _chosen([3, 2.9, 1], 2, 1.0, [[1, 0], [1, 0], [0, 1]]) == [0, 2]


def test_a_request_without_candidates_gets_an_empty_list() -> None:
    shown = choose(literal.bare(0, 0), np.zeros(0, np.float32), np.zeros((3, 2), np.float32), 5, 0.5)
    assert [listed.item.tolist() for listed in shown] == [[], []]


def test_a_shop_where_nobody_chose_anything_has_candidates_all_the_same(shop: Shop) -> None:
    nothing = shop.known.take(np.zeros(len(shop.known.user), bool))
    fitted = models.fit(nothing, shop.world, shop.settings)
    requests = Requests(nothing, np.full(24, 100.0), np.arange(24, dtype=np.int32))
    found = fitted.candidates(requests, shop.settings)
    assert np.bincount(found.request, minlength=24).tolist() == [models.MIN_CANDIDATES] * 24
