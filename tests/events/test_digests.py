"""What changes the digest of a user, and what does not: rows of a day's tables are not those of another day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from recsys.events.digests import Hashes, hashed, histories, in_shard, lasting, side_of
from recsys.events.interactions import Interactions
from recsys.events.side import SideInformation, nothing

History = Callable[..., Interactions]
USERS, ITEMS = np.array(["ann", "bob", "cat"], object), np.array(["a", "b", "c"], object)


@pytest.fixture
def events(history: History) -> Interactions:
    """Ann has a and b, Bob b, Cat nothing."""
    return history([(0, 0, 1.0, 1.0), (0, 1, 0.5, 2.0), (1, 1, 1.0, 3.0)], 3, 3)


def digest(events: Interactions, timed: bool = True) -> Hashes:
    return histories(events, hashed(ITEMS), timed)


def test_who_has_no_event_has_the_digest_zero_and_others_have_none_alike(events: Interactions) -> None:
    ann, bob, cat = digest(events).tolist()
    assert cat == 0
    assert len({ann, bob, cat}) == 3


@pytest.mark.parametrize(
    "change",
    [
        lambda events: replace(events, weight=events.weight + np.array([0.5, 0, 0], np.float32)),
        lambda events: replace(events, day=events.day + np.array([0.25, 0, 0])),
        lambda events: replace(events, item=np.array([2, 1, 1], np.int32)),
        lambda events: replace(events, repeatable=np.array([True, False, False])),
        lambda events: events.take(np.array([False, True, True])),
    ],
    ids=["weight", "time", "item", "repeatable", "one event less"],
)
def test_whatever_an_event_is_counts_for_its_user_alone(
    events: Interactions, change: Callable[[Interactions], Interactions]
) -> None:
    before, after = digest(events), digest(change(events))
    assert (before != after).tolist() == [True, False, False]


def test_rows_of_users_and_items_do_not_count(events: Interactions) -> None:
    later = replace(events.of_users(np.array([1, 0], np.int32)), item=np.array([2, 1, 2], np.int32), n_items=4)
    found = histories(later, hashed(np.array(["0", "a", "b", "c"], object)), timed=True)
    assert found.tolist() == digest(events)[[1, 0]].tolist()


def test_where_an_order_stands_in_for_times_these_do_not_count_and_the_order_does(events: Interactions) -> None:
    shifted = replace(events, day=events.day + 7)
    turned = replace(events, item=np.array([1, 0, 1], np.int32), weight=np.array([0.5, 1, 1], np.float32))
    assert digest(shifted, timed=False).tolist() == digest(events, timed=False).tolist()
    assert (digest(turned, timed=False) != digest(events, timed=False)).tolist() == [True, False, False]


@given(st.lists(st.text(min_size=1), unique=True), st.integers(1, 9))
def test_everybody_is_in_one_shard_and_stays_there_when_others_come(names: list[str], shards: int) -> None:
    def cut(ids: list[str]) -> list[list[str]]:
        hashes = hashed(np.array(ids, object))
        return [[ids[row] for row in in_shard(hashes, shard, shards)] for shard in range(shards)]

    alone, beside = cut(names), cut(["", *names])
    assert sorted(name for part in alone for name in part) == sorted(names)
    assert [[name for name in part if name] for part in beside] == alone


def known(follows: list[tuple[int, int, float]], values: list[str], has: list[tuple[int, int]]) -> SideInformation:
    graph = sp.csr_matrix(
        ([weight for _, _, weight in follows], ([row for row, *_ in follows], [to for _, to, _ in follows])),
        shape=(3, 3),
        dtype=np.float32,
    )
    attributes = sp.csr_matrix(
        (np.ones(len(has)), ([row for row, _ in has], [value for _, value in has])),
        shape=(3, len(values)),
        dtype=np.float32,
    )
    return replace(nothing(3, 3), graph=graph, attributes=attributes, values=values)


def of_side(side: SideInformation, users: np.ndarray = USERS) -> list[int]:
    return [int(digest) for digest in side_of(side, np.arange(3, dtype=np.int32), hashed(users))]


def test_follows_and_attributes_count_for_those_who_have_them() -> None:
    before = of_side(known([(0, 1, 1.0)], ["country=A", "country=B"], [(0, 0), (1, 0)]))
    assert before[2] == 0
    for after, other in (
        (known([(0, 2, 1.0)], ["country=A", "country=B"], [(0, 0), (1, 0)]), 0),
        (known([(0, 1, 0.5)], ["country=A", "country=B"], [(0, 0), (1, 0)]), 0),
        (known([(0, 1, 1.0)], ["country=A", "country=B"], [(0, 0), (1, 1)]), 1),
        (known([(0, 1, 1.0), (2, 0, 1.0)], ["country=A", "country=B"], [(0, 0), (1, 0)]), 2),
    ):
        assert [row for row, (old, new) in enumerate(zip(before, of_side(after), strict=True)) if old != new] == [other]


def test_rows_of_followees_and_places_of_values_do_not_count() -> None:
    before = of_side(known([(0, 1, 1.0)], ["country=A", "country=B"], [(0, 0), (1, 1)]))
    turned = of_side(known([(2, 1, 1.0)], ["country=B", "country=A"], [(2, 1), (1, 0)]), USERS[[2, 1, 0]])
    assert turned == before[::-1]


def test_bounds_of_a_group_of_numbers_move_without_a_change_of_its_people() -> None:
    before = known([], ["age=(17.9, 30.0]", "age=(30.0, 60.0]"], [(0, 0), (1, 1)])
    after = known([], ["age=(18.9, 31.5]", "age=(31.5, 61.0]"], [(0, 0), (1, 1)])
    older = known([], ["age=(18.9, 31.5]", "age=(31.5, 61.0]"], [(0, 1), (1, 1)])
    assert of_side(before) == of_side(after)
    assert of_side(before)[0] != of_side(older)[0]
    assert lasting(["age=(9.0, 11.0]", "age=(-0.001, 9.0]", "x=(a, b]"]) == ["age=group 1", "age=group 0", "x=(a, b]"]
