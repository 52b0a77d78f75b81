"""Tables become row numbers: in one order, whatever the order of the source and however they are cut."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.events import slices
from recsys.events.interactions import Interactions
from recsys.events.slices import _cuts
from recsys.settings import EventSettings
from tests.ingested import numbered

TABLE = pd.DataFrame(
    {
        "user_id": ["bob", "ann", "ann", "eve", "bob"],
        "item_id": ["rug", "mug", "rug", "gone", "mug"],
        "action": ["buy", "view", "dislike", "buy", "rate"],
        "occurred_at": pd.to_datetime(
            ["1975-01-03", "1975-01-02T12:00", "1975-01-01", "1975-01-01", "1975-01-03"], format="ISO8601", utc=True
        ),
        "value": [None, None, None, None, 5.0],
        "event_id": ["f", "e", "d", "c", "a"],
    }
)
ITEMS = pd.DataFrame({"item_id": ["rug", "mug"], "title": ["Rug", "Mug"]})
SHOP = EventSettings(repeatable_actions=("view", "buy"))
DAY = 1826.0
"""1975-01-01."""


def rows(of: Interactions) -> list[tuple[float, ...]]:
    columns = (of.user.tolist(), of.item.tolist(), of.weight.tolist(), (of.day - DAY).tolist())
    return list(zip(*columns, strict=True))


@given(st.permutations(range(len(TABLE))))
@settings(max_examples=10, deadline=None)
def test_ids_become_rows_in_order_of_user_time_and_event(order: list[int]) -> None:
    known = numbered(TABLE.iloc[order], ITEMS).tables
    assert (known.user_ids.tolist(), known.item_ids.tolist()) == (["ann", "bob"], ["mug", "rug"])
    assert rows(known.interactions) == [(0, 1, -1, 0), (0, 0, pytest.approx(0.2), 1.5), (1, 0, 1, 2), (1, 1, 1, 2)]
    assert (known.interactions.n_users, known.interactions.n_items) == (2, 2)


def test_users_of_the_user_table_and_of_links_have_rows_without_events() -> None:
    users = pd.DataFrame({"user_id": ["zoe"]})
    follows = pd.DataFrame({"follower_id": ["zoe"], "followee_id": ["bob"], "weight": [2.0]})
    known = numbered(TABLE, ITEMS, users, follows).tables
    assert known.user_ids.tolist() == ["ann", "bob", "zoe"]
    assert known.side.graph.toarray().tolist() == [[0, 0, 0], [0, 0, 0], [0, 2, 0]]


def test_the_action_of_every_event_is_known() -> None:
    made = numbered(TABLE, ITEMS)
    assert [made.actions.names[place] for place in made.actions.place] == ["dislike", "view", "rate", "buy"]


def test_actions_that_no_setting_knows_shift_none_that_one_does() -> None:
    strange = pd.concat([TABLE, TABLE.iloc[:1].assign(action="aaa")])
    made = numbered(strange, ITEMS)
    assert [made.actions.names[place] for place in made.actions.place] == ["dislike", "view", "rate", "buy"]


def test_after_a_repeatable_action_an_item_is_not_seen_unless_another_event_closes_it() -> None:
    """Ann viewed the mug and disliked the rug, bob bought the rug and rated the mug."""
    known = numbered(TABLE, ITEMS, settings=SHOP).tables.interactions
    assert known.seen.toarray().tolist() == [[0, 1], [1, 0]]
    assert known.of_users(np.array([1, 1], np.int32)).seen.toarray().tolist() == [[1, 0], [1, 0]]
    assert known.take(known.item == 1).seen.toarray().tolist() == [[0, 1], [0, 0]]


def test_without_such_an_action_among_the_events_nothing_is_repeatable() -> None:
    known = numbered(TABLE, ITEMS, settings=EventSettings(repeatable_actions=("listen",))).tables
    assert known.interactions.repeatable is None


def test_what_the_action_weighs_is_kept_beside_the_weight_where_positive_events_differ_by_it() -> None:
    """Ann disliked the rug and viewed the mug, bob rated and bought; without a view all positive actions weigh 1."""
    grade = numbered(TABLE, ITEMS).tables.interactions.grade
    assert grade is not None
    assert grade.tolist() == pytest.approx([-1, 0.2, 1, 1])
    alike = EventSettings(action_weights={"view": 1.0})
    assert numbered(TABLE, ITEMS, settings=alike).tables.interactions.grade is None


@pytest.mark.parametrize("at_once", [1, 2, 3, 100])
def test_however_few_events_are_read_at_once_the_tables_are_the_same(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = numbered(CROWD, ITEMS, settings=EventSettings(burst_events=2))
    monkeypatch.setattr(slices, "AT_ONCE", at_once)
    cut = numbered(CROWD, ITEMS, settings=EventSettings(burst_events=2))
    assert rows(cut.tables.interactions) == rows(whole.tables.interactions)
    assert cut.down_weighted == whole.down_weighted
    assert whole.down_weighted["events in a burst"] > 0


CROWD = pd.DataFrame(
    {
        "user_id": [f"u{row % 4}" for row in range(24)],
        "item_id": [("rug", "mug")[row // 4 % 2] for row in range(24)],
        "action": [("view", "rate", "view")[row // 8] for row in range(24)],
        "value": [float(row % 11) for row in range(24)],
        "occurred_at": pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(range(24), "s"),
    }
)


@given(st.lists(st.integers(1, 9), max_size=12), st.integers(1, 12))
def test_cuts_lie_between_users_and_hold_no_more_than_fits(counts: list[int], at_once: int) -> None:
    ends = np.cumsum(counts, dtype=np.int64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slices, "AT_ONCE", at_once)
        cuts = _cuts(ends)
    assert (cuts[0], cuts[-1]) == (0, sum(counts))
    assert set(cuts) <= {0, *ends.tolist()}
    for start, end in pairwise(cuts):
        assert 0 < end - start <= at_once or end - start in counts
