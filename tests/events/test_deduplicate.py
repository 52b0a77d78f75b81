import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.events.deduplicate import deduplicate

ROW = st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.sampled_from(["buy", "view"]), st.integers(0, 2),
                st.sampled_from([None, 1.0]), st.sampled_from([None, "e1", "e2"]))  # fmt: skip


def table(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    events = pd.DataFrame(rows, columns=["user_id", "item_id", "action", "occurred_at", "value", "event_id"])
    occurred_at = pd.to_datetime(events["occurred_at"].astype("int64"), unit="s", utc=True)
    return events.assign(occurred_at=occurred_at, value=events["value"].astype(float), domain="",
                         event_id=events["event_id"].astype("str"))  # fmt: skip


def test_one_event_id_is_one_event() -> None:
    made = deduplicate(table([("a", "x", "buy", 1, None, "e1"), ("a", "x", "view", 0, None, "e1")]))
    assert made[["action", "event_id"]].to_numpy().tolist() == [["view", "e1"]]


def test_the_same_content_under_two_ids_is_one_event() -> None:
    made = deduplicate(table([("a", "x", "buy", 1, 1.0, "e2"), ("a", "x", "buy", 1, 1.0, "e1")]))
    assert made["event_id"].tolist() == ["e1"]


def test_another_value_is_another_event() -> None:
    assert len(deduplicate(table([("a", "x", "rate", 1, 1.0, None), ("a", "x", "rate", 1, 2.0, None)]))) == 2


@settings(max_examples=40)
@given(st.lists(ROW, min_size=1))
def test_what_is_left_is_in_total_order_and_of_equal_events_the_first_by_content(
    rows: list[tuple[object, ...]],
) -> None:
    events = table(rows).assign(event_id="e")
    first = events.sort_values(["user_id", "occurred_at", "item_id", "action", "value"], kind="stable").head(1)
    pd.testing.assert_frame_equal(deduplicate(events), first.reset_index(drop=True).astype({"event_id": "str"}))


@settings(max_examples=40)
@given(st.lists(ROW, min_size=1), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter_and_once_is_enough(rows: list[tuple[object, ...]], random: object) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    once = deduplicate(table(rows))
    pd.testing.assert_frame_equal(once, deduplicate(table(shuffled)))
    pd.testing.assert_frame_equal(once, deduplicate(once))
