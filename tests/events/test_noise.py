"""Every rule on a few literal events, and that clean histories raise no doubt."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.events.noise import ACCIDENT, BOT, BURST, Doubts, crowd, judge
from recsys.events.slices import Slice
from recsys.settings import EventSettings, SourceSettings
from recsys.sources import engine, source
from tests.ingested import numbered

Event = tuple[str, str, str, float]
SETTINGS = EventSettings(burst_events=3)
START = pd.Timestamp("2024-01-01 09:00:00.5", tz="UTC")


def table(events: Sequence[Event]) -> pd.DataFrame:
    """Events (user, item, action, minutes from the start)."""
    user, item, action, minute = zip(*events, strict=True)
    return pd.DataFrame(
        {
            "user_id": user,
            "item_id": item,
            "action": action,
            "value": np.nan,
            "occurred_at": (START + pd.to_timedelta(list(minute), "min")).as_unit("us"),
            "event_id": [f"{row:05}" for row in range(len(events))],
        }
    )


def views(count: int, seconds: float, user: str = "ann", action: str = "view") -> list[Event]:
    return [(user, f"i{row}", action, row * seconds / 60) for row in range(count)]


def judged(events: Sequence[Event], settings: EventSettings = SETTINGS) -> Doubts:
    """Doubts about events by user and time, whose times are as fine as a second, row by row of them."""
    made = table(events)
    order = made.sort_values(["user_id", "occurred_at", "event_id"]).index
    made = made.loc[order]
    action, names = pd.factorize(made["action"])
    user, item = (pd.factorize(made[name])[0].astype(np.int32) for name in ("user_id", "item_id"))
    instant = made["occurred_at"].to_numpy("datetime64[us]").astype(np.int64)
    sizes = np.bincount(
        user[made["action"].map(dict(settings.action_weights)).to_numpy(float) != 0], minlength=user.max() + 1
    )
    part = Slice(user, item, action.astype(np.int32), instant, made["value"].to_numpy(float))
    found = judge(part, list(names), crowd(sizes, 0.0, settings), settings)
    return Doubts(found.factor[np.argsort(order)], found.counts)


def factors(events: Sequence[Event]) -> list[float]:
    return [float(factor) for factor in judged(events).factor]


def doubts(events: pd.DataFrame, settings: EventSettings = SETTINGS) -> dict[str, int]:
    """How many events ingest doubts by rule."""
    return dict(
        numbered(events, pd.DataFrame({"item_id": sorted(set(events["item_id"]))}), settings=settings).down_weighted
    )


def test_weak_events_beyond_so_many_in_a_minute_weigh_nothing() -> None:
    assert factors(views(5, seconds=10)) == [1, 1, 1, 0, 0]
    assert judged(views(5, seconds=10)).counts == {BURST: 2, ACCIDENT: 0, BOT: 0}


@pytest.mark.parametrize(
    "events",
    [
        views(5, seconds=20),
        views(5, 1, action="rate"),
        views(5, 1, action="impression"),
        [*views(3, 1), *views(3, 1, user="bob")],
    ],
    ids=["slow", "not weak", "weigh nothing anyhow", "two users"],
)
def test_no_burst(events: list[Event]) -> None:
    assert judged(events).counts[BURST] == 0


def test_a_lone_click_in_a_session_with_something_stronger_weighs_half() -> None:
    session = [
        ("ann", "rug", "view", 0),
        ("ann", "mug", "view", 1),
        ("ann", "mug", "buy", 2),
        ("ann", "pan", "click", 3),
    ]
    assert factors(session) == [0.5, 1, 1, 0.5]


@pytest.mark.parametrize(
    "events",
    [
        [("ann", "rug", "view", 0), ("ann", "mug", "view", 1)],
        [("ann", "rug", "view", 0), ("ann", "mug", "buy", 31)],
        [("ann", "rug", "view", 0), ("ann", "rug", "view", 5), ("ann", "mug", "buy", 6)],
        [("ann", "rug", "buy", 0), ("ann", "mug", "buy", 1)],
        [("ann", "rug", "view", 0), ("bob", "mug", "buy", 1)],
    ],
    ids=["nothing stronger", "another session", "looked at twice", "not weak", "another user"],
)
def test_no_accident(events: list[Event]) -> None:
    assert judged(events).counts[ACCIDENT] == 0


def test_an_item_looked_at_before_is_no_accident_later() -> None:
    assert factors([("ann", "rug", "view", 0), ("ann", "rug", "view", 90), ("ann", "mug", "buy", 91)]) == [1, 1, 1]


CROWD = [(f"u{user}", f"i{row}", "buy", row * 600.0) for user in range(20) for row in range(5 + user % 5)]


def test_a_user_with_far_more_than_anybody_teaches_nothing() -> None:
    bot = [("bot", f"i{row}", "buy", row / 2) for row in range(1200)]
    found = judged([*CROWD, *bot])
    assert found.counts == {BURST: 0, ACCIDENT: 0, BOT: 1200}
    assert found.factor.tolist() == [1] * len(CROWD) + [0] * 1200


def test_neither_many_in_all_nor_many_for_the_crowd_make_a_bot() -> None:
    patient = [("patient", f"i{row}", "buy", row * 60.0) for row in range(1200)]
    assert judged([*CROWD, *patient]).counts[BOT] == 0
    eager = [(f"u{user}", f"i{row}", "buy", row / 2) for user in range(3) for row in range(1200)]
    assert judged(eager).counts[BOT] == 0


def test_doubted_events_are_still_seen() -> None:
    events = table(views(5, seconds=1))
    known = numbered(events, events[["item_id"]], settings=SETTINGS).tables.interactions
    assert known.weight.tolist() == pytest.approx([0.2, 0.2, 0.2, 0, 0])
    assert known.seen.nnz == 5


@pytest.mark.parametrize("unit", ["min", "h", "D"])
def test_times_too_coarse_for_a_rule_raise_no_doubt(unit: str) -> None:
    events = table([*views(9, seconds=10), ("ann", "mug", "buy", 0)])
    coarse = events.assign(occurred_at=events["occurred_at"].dt.floor(unit))
    assert doubts(events)[BURST] > 0
    assert doubts(coarse)[BURST] == 0
    assert doubts(coarse)[ACCIDENT] == (9 if unit == "min" else 0)


def test_an_order_that_stands_in_for_times_raises_no_doubt() -> None:
    raw = table([*views(9, seconds=1), ("ann", "mug", "buy", 0)]).drop(columns="occurred_at")
    assert doubts(raw) == {BURST: 0, ACCIDENT: 0, BOT: 0}


def test_clean_movielens_raises_no_doubt() -> None:
    with engine.opened() as con:
        raw = source.read(con, SourceSettings())
        ratings, movies = raw.events.rows.df(), raw.items.rows.df()
    made = numbered(ratings, movies)
    assert len(made.tables.interactions.user) == len(ratings)
    assert made.down_weighted == {BURST: 0, ACCIDENT: 0, BOT: 0}


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob"]),
        st.sampled_from(["rug", "mug", "pan"]),
        st.sampled_from(["view", "buy", "click", "impression"]),
        st.integers(0, 100).map(float),
    ),
    min_size=1,
    max_size=30,
)


@settings(max_examples=40)
@given(EVENTS, st.integers(0, 100))
def test_which_other_items_come_later_changes_nothing_before(events: list[Event], cut: int) -> None:
    """Histories are cut in time: their weights must not tell which unseen items are chosen next."""
    before = [event for event in events if event[3] < cut]
    after = [
        event for event in events if event[3] >= cut and (event[0], event[1]) not in {earlier[:2] for earlier in before}
    ]
    renamed = [(user, f"other {item}", action, minute) for user, item, action, minute in after]
    assert factors([*before, *after])[: len(before)] == factors([*before, *renamed])[: len(before)]
