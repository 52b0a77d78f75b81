import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.events.deduplicate import SHARED, deduplicated
from recsys.sources import engine

ROW = st.tuples(
    st.sampled_from("ab"),
    st.sampled_from("xy"),
    st.sampled_from(["buy", "view"]),
    st.integers(0, 2),
    st.sampled_from([None, 1.0]),
    st.sampled_from([None, "e1", "e2"]),
)


def table(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    events = pd.DataFrame(rows, columns=["user_id", "item_id", "action", "occurred_at", "value", "event_id"])
    occurred_at = pd.to_datetime(events["occurred_at"].astype("int64"), unit="s", utc=True)
    return events.assign(
        occurred_at=occurred_at,
        value=events["value"].astype(float),
        domain="",
        event_id=events["event_id"].astype("str"),
    )


def deduplicate(events: pd.DataFrame) -> pd.DataFrame:
    return counted(events)[0]


def counted(events: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """The events each once, and the counts of what was dropped."""
    with engine.opened() as con:
        con.from_df(events).create("given")
        engine.run(con, "ALTER TABLE given ALTER event_id TYPE VARCHAR")
        counts = deduplicated(con, "given", "made")
        return con.table("made").select(", ".join(events.columns)).df(), counts


def test_of_rows_with_one_event_id_the_earliest_is_kept() -> None:
    made = deduplicate(table([("a", "x", "buy", 2, 1.0, "e1"), ("a", "x", "buy", 1, None, "e1")]))
    assert made["occurred_at"].dt.second.tolist() == [1]


@pytest.mark.parametrize("other", [("b", "x", "buy"), ("a", "y", "buy"), ("a", "x", "view")])
def test_an_event_id_of_another_user_item_or_action_is_that_of_another_event(other: tuple[str, str, str]) -> None:
    made, counts = counted(table([("a", "x", "buy", 1, None, "e1"), (*other, 1, None, "e1")]))
    assert len(made) == 2
    assert counts == {"duplicate events": 0, SHARED: 1}


def test_the_same_content_under_two_ids_is_one_event() -> None:
    made = deduplicate(table([("a", "x", "buy", 1, 1.0, "e2"), ("a", "x", "buy", 1, 1.0, "e1")]))
    assert made["event_id"].tolist() == ["e1"]


def test_another_value_is_another_event() -> None:
    assert len(deduplicate(table([("a", "x", "rate", 1, 1.0, None), ("a", "x", "rate", 1, 2.0, None)]))) == 2


@settings(max_examples=25, deadline=None)
@given(st.lists(ROW, min_size=1))
def test_what_is_left_is_in_total_order_and_every_content_is_there_once(rows: list[tuple[object, ...]]) -> None:
    events = table([(*row[:5], None) for row in rows])
    made = deduplicate(events)
    pd.testing.assert_frame_equal(made, made.sort_values(["user_id", "occurred_at"], kind="stable", ignore_index=True))
    same = ["user_id", "item_id", "action", "occurred_at", "value"]
    assert sorted(map(str, made[same].to_numpy().tolist())) == sorted(
        map(str, events[same].drop_duplicates().to_numpy().tolist())
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(ROW, min_size=1), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter_and_once_is_enough(rows: list[tuple[object, ...]], random: object) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    once = deduplicate(table(rows))
    pd.testing.assert_frame_equal(once, deduplicate(table(shuffled)))
    pd.testing.assert_frame_equal(once, deduplicate(once))
