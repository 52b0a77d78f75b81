import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from recsys.events.order import ORDER, in_order

ROW = st.tuples(st.sampled_from(["a", "b", "\U0001f600", "\uffff"]), st.integers(0, 2), st.sampled_from(["x", "y"]))


@given(st.lists(ROW))
def test_rows_are_sorted_by_user_time_and_event_and_keep_their_index(rows: list[tuple[object, ...]]) -> None:
    events = pd.DataFrame(rows, columns=ORDER).astype({"user_id": "str", "event_id": "str"})
    events = events.assign(occurred_at=pd.to_datetime(events["occurred_at"].astype("int64"), unit="s", utc=True))
    expected = events.sort_values(ORDER, kind="stable")
    pd.testing.assert_frame_equal(in_order(events), expected)
    pd.testing.assert_frame_equal(in_order(expected), expected)


def test_events_without_ids_keep_their_order_within_one_time() -> None:
    times = pd.to_datetime([1, 1, 0], unit="s", utc=True)
    events = pd.DataFrame({"user_id": "a", "occurred_at": times, "event_id": ["y", None, "x"]})
    assert in_order(events).index.tolist() == [2, 0, 1]


def test_a_table_that_is_in_order_is_not_sorted_again() -> None:
    times = pd.to_datetime([1, 2, 2, 0], unit="s", utc=True)
    events = pd.DataFrame({"user_id": ["a", "a", "a", "b"], "occurred_at": times, "event_id": ["x", "x", "y", "a"]})
    assert in_order(events) is events
    assert in_order(events.iloc[[1, 0, 2, 3]]) is not events
