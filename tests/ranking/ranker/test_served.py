"""An earlier day's models are asked for what came after their end, and know nothing of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.events.interactions import Interactions, Mask
from recsys.events.side import nothing
from recsys.events.split import Requests, Split
from recsys.events.tables import Tables
from recsys.ranking import models
from recsys.ranking.ranker import served
from recsys.ranking.ranker.examples import Examples, labelled
from recsys.ranking.ranker.kinds import Asked
from recsys.ranking.ranker.served import MAX_A_DAY, Earlier
from recsys.ranking.ranker.window import Window
from tests.ranking.conftest import ITEMS, POSITIVES, USERS, shop_interactions
from tests.ranking.ranker.histories import DOMAIN, N_ITEMS, SEEDS, anything, pairs

if TYPE_CHECKING:
    from tests.ranking.conftest import Shop

NEW = np.arange(N_ITEMS) % 4 == 0
ENDS = st.integers(0, 31)


def asked(events: Interactions, end: float, new: Mask = NEW, seed: int = 0) -> list[Asked]:
    return list(served.requests(events, DOMAIN, new, end, np.random.default_rng(seed)))


@settings(max_examples=50)
@given(seed=SEEDS, end=ENDS, whole_days=st.booleans())
def test_models_that_end_before_know_nothing_of_what_they_are_asked_for(seed: int, end: int, whole_days: bool) -> None:
    """Every target is a positive event at or after the request, and that comes after all that the models know."""
    events = anything(seed, whole_days)
    known = events.take(events.day < end)
    later = {
        (user, item): day
        for user, item, day, positive in zip(
            events.user.tolist(), events.item.tolist(), events.day.tolist(), events.positive.tolist(), strict=True
        )
        if positive and day >= end
    }
    for kind, split, _ in asked(events, end):
        assert (split.requests.at >= end).all(), kind
        rows, items = split.targets.nonzero()
        targets = list(zip(split.requests.user[rows].tolist(), items.tolist(), strict=True))
        assert not set(targets) & pairs(known.take(known.positive)), kind
        assert all(later[target] >= split.requests.at[row] for row, target in zip(rows, targets, strict=True)), kind


@settings(max_examples=50)
@given(seed=SEEDS, end=ENDS)
def test_no_history_holds_what_comes_after_its_request(seed: int, end: int) -> None:
    for kind, split, _ in asked(anything(seed, whole_days=False), end):
        history = split.requests.history
        assert (history.day < split.requests.at[history.user]).all(), kind


@settings(max_examples=30)
@given(seed=SEEDS, end=ENDS)
def test_users_without_an_event_since_make_no_request(seed: int, end: int) -> None:
    events = anything(seed)
    active = set(events.user[events.day >= end].tolist())
    assert all(set(split.requests.user.tolist()) <= active for _, split, _ in asked(events, end))


def test_new_items_are_asked_for_among_themselves_and_all_others_without_them() -> None:
    found = asked(anything(3), 20)
    assert {kind for kind, _, _ in found} == {
        "next day",
        "start of a visit",
        "within a visit",
        "new users",
        "new items",
        "new to a domain",
    }
    for kind, split, pool in found:
        assert pool is not None
        assert len(split.requests) > 0, kind
        assert not (pool & (~NEW if kind == "new items" else NEW)).any(), kind


def test_of_more_requests_of_a_kind_a_sample_is_asked_and_domains_share_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = [len(split.requests) for _, split, _ in asked(anything(3), 10)]
    assert max(whole) <= MAX_A_DAY
    monkeypatch.setattr(served, "MAX_A_DAY", 6)
    found = [(kind, len(split.requests)) for kind, split, _ in asked(anything(3), 10)]
    assert [count for _, count in found] == [
        min(count, 3 if "domain" in kind else 6) for (kind, _), count in zip(found, whole, strict=True)
    ]
    assert [split.requests.user.tolist() for _, split, _ in asked(anything(3), 10)] == [
        split.requests.user.tolist() for _, split, _ in asked(anything(3), 10)
    ]


def tables(events: Interactions, user_ids: list[str], item_ids: list[str]) -> Tables:
    return Tables(
        np.array(user_ids, object),
        np.array(item_ids, object),
        item_ids,
        item_ids,
        np.ones(len(item_ids), bool),
        events,
        nothing(len(user_ids), len(item_ids)),
        True,
    )


END = 40.0
USER_IDS, ITEM_IDS = ([f"{letter}{row:02}" for row in range(count)] for letter, count in (("u", USERS), ("i", ITEMS)))


@pytest.fixture(scope="module")
def earlier(shop: Shop) -> Earlier:
    """Models of what came before the day `END`."""
    fitted = models.fit(shop.known.take(shop.known.day < END), shop.world, shop.settings)
    return Earlier(fitted, np.array(USER_IDS, object), np.array(ITEM_IDS, object), END)


def window(earlier: Earlier, known: Tables, shop: Shop, before: Window | None = None) -> Window:
    return served.window(earlier, before, known, date(1970, 2, 10), shop.settings)


def test_users_and_items_are_told_apart_by_their_ids(
    shop: Shop, earlier: Earlier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By now the order of all of them is turned around: models are asked the same, with examples of other rows."""
    events = shop_interactions()
    turned = Interactions(
        USERS - 1 - events.user[::-1], ITEMS - 1 - events.item[::-1], events.weight, events.day, USERS, ITEMS
    )
    order = np.lexsort((events.day[::-1], turned.user))
    turned = replace(turned, user=turned.user[order], item=turned.item[order], day=events.day[::-1][order])
    seen: list[Split] = []

    def listening(fitted: models.Models, split: Split, *more: object) -> Examples:
        seen.append(split)
        return labelled(fitted, split, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(served, "labelled", listening)
    whole = window(earlier, tables(events, USER_IDS, ITEM_IDS), shop)
    asked_before, seen = seen, []
    found = window(earlier, tables(turned, USER_IDS[::-1], ITEM_IDS[::-1]), shop)
    for split, other in zip(asked_before, seen, strict=True):
        assert wanted(split) == wanted(other)
    assert sorted(USERS - 1 - found.examples.user) == sorted(whole.examples.user)
    assert len(found.examples.positive) == len(whole.examples.positive) > 0


def wanted(split: Split) -> list[tuple[int, float, list[int], list[int]]]:
    """User, time, targets and history of each request."""
    made: Requests = split.requests
    return sorted(
        (
            int(user),
            float(made.at[row]),
            sorted(split.targets[row].indices.tolist()),
            sorted(made.history.item[made.history.user == row].tolist()),
        )
        for row, user in enumerate(made.user)
    )


def test_users_and_items_that_came_since_are_new_users_and_are_not_asked_for(
    shop: Shop, earlier: Earlier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user and an item come before all others in the order of ids: the user chose the item, and two others."""
    events = shop_interactions()
    user, item = (np.concatenate([[0] * 3, rows + 1]).astype(np.int32) for rows in (events.user, events.item))
    item[:3] = 0, 3, 5
    known = Interactions(
        user, item, np.ones(len(user), np.float32), np.concatenate([[41, 42, 43], events.day]), USERS + 1, ITEMS + 1
    )
    rows: list[int] = []
    targets: list[int] = []

    def listening(fitted: models.Models, split: Split, settings: object, group: np.ndarray) -> Examples:
        rows.extend(split.requests.user[group == 0].tolist())
        targets.extend(split.targets[group == 0].indices.tolist())
        return labelled(fitted, split, settings, group)  # type: ignore[arg-type]

    monkeypatch.setattr(served, "labelled", listening)
    found = window(earlier, tables(known, ["a", *USER_IDS], ["a", *ITEM_IDS]), shop)
    assert set(rows) == {-1}
    assert set(targets) == {2, 4}
    assert 0 in found.examples.user
    assert set(found.kind[found.examples.user == 0].tolist()) <= {"new users", "within a visit", "start of a visit"}
    assert (found.examples.candidates.asked.positives < POSITIVES).all()


def test_the_window_of_before_is_carried_on_with_the_rows_of_today(shop: Shop, earlier: Earlier) -> None:
    """The first user is in no table any more; the others have moved up."""
    whole = tables(shop_interactions(), USER_IDS, ITEM_IDS)
    before = window(earlier, whole, shop)
    before = replace(before, day=before.day - 1)
    events = shop_interactions()
    left = events.take(events.user > 0)
    known = tables(replace(left, user=left.user - 1, n_users=USERS - 1), USER_IDS[1:], ITEM_IDS)
    found = window(earlier, known, shop, before)
    carried = found.of_requests(found.day < int(END))
    assert carried.examples.user.tolist() == (before.examples.user[before.examples.user > 0] - 1).tolist()
    assert (found.day[len(carried.day) :] == int(END)).all()
    assert len(found.day) > len(carried.day)


def test_models_of_too_long_ago_bring_nothing(shop: Shop, earlier: Earlier) -> None:
    known = tables(shop_interactions(), USER_IDS, ITEM_IDS)
    assert len(served.window(earlier, None, known, date(1970, 3, 9), shop.settings).day) > 0
    assert not len(served.window(earlier, None, known, date(1970, 3, 10), shop.settings).day)


@pytest.mark.parametrize("since", [[], [(0, 1, -1.0)], [(0, 1, 0.0)]], ids=["no event", "dislike", "no weight"])
def test_without_a_positive_since_there_are_no_examples(
    shop: Shop, earlier: Earlier, since: list[tuple[int, int, float]]
) -> None:
    events = shop_interactions()
    before = events.take(events.day < END)
    user, item, weight = (np.array(column) for column in zip(*since, strict=True)) if since else (np.zeros(0),) * 3
    order = np.argsort(np.concatenate([before.user, user]), kind="stable")
    columns = ((before.user, user), (before.item, item), (before.weight, weight), (before.day, np.full(len(user), END)))
    parts = [np.concatenate(pair)[order] for pair in columns]
    known = Interactions(
        parts[0].astype(np.int32), parts[1].astype(np.int32), parts[2].astype(np.float32), parts[3], USERS, ITEMS
    )
    assert not len(window(earlier, tables(known, USER_IDS, ITEM_IDS), shop).day)
