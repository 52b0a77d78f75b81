from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.events import times
from recsys.events.times import stand_in
from recsys.sources import engine, frames
from tests.raw import times_of

NOON = pd.Timestamp("2024-05-06T12:00:00Z")
AS_OF = date(2024, 5, 6)


def parse(column: pd.Series) -> pd.Series:
    with engine.opened() as con:
        rows = frames.scan(con, "x", pd.DataFrame({"occurred_at": column})).rows
        instants = rows.select(f"{times.parsed(rows)} AS instant").select(times.plausible("instant"))
        found = [instant for (instant,) in instants.fetchall()]
    return pd.Series(pd.to_datetime(found, utc=True))


@pytest.mark.parametrize(
    "written",
    [
        "2024-05-06T12:00:00Z",
        "2024-05-06 12:00:00",
        "2024-05-06T14:00:00+02:00",
        "20240506T120000Z",
        "2024-05-06 08:00:00 -0400",
        "2024/05/06 12:00:00",
        "2024-05-06T12:00:00.000Z",
        "2024-05-06 12:00:00 UTC",
        "06.05.2024 12:00",
        "6 May 2024 12:00",
        "Mon, 06 May 2024 12:00:00 GMT",
        "1714996800",
        1714996800,
        1714996800.0,
        1714996800000,
        1714996800000000,
        1714996800000000000,
        datetime(2024, 5, 6, 12, tzinfo=UTC),
        pd.Timestamp("2024-05-06T12:00:00"),
        "1714996800.0",
    ],
)
def test_a_time_is_read_in_whatever_form(written: Any) -> None:
    assert parse(pd.Series([written])).tolist() == [NOON]
    assert parse(pd.Series([written, None], dtype=object)).tolist() == [NOON, pd.NaT]


@pytest.mark.parametrize(
    "written",
    [
        "soon",
        "",
        None,
        float("nan"),
        float("inf"),
        "2024-13-01",
        1e300,
        "infinity",
        "epoch",
        "06/05/2024",
        "0001-01-01",
        "1900-01-01T00:00:00Z",
        "31.02.2024",
    ],
)
def test_what_is_no_time_is_null(written: Any) -> None:
    assert parse(pd.Series([written, "x"], dtype=object)).isna().all()


@pytest.mark.parametrize("kind", ["int64", "float64", "str"])
def test_zero_and_minus_one_are_unknown_times_in_any_type(kind: str) -> None:
    assert parse(pd.Series([0, -1, 1714996800]).astype(kind)).tolist() == [pd.NaT, pd.NaT, NOON]


def test_a_timestamp_of_zero_is_unknown_too() -> None:
    assert parse(pd.to_datetime(pd.Series([0, 1714996800]), unit="s", utc=True)).tolist() == [pd.NaT, NOON]


def test_a_day_written_without_dashes_is_no_number_of_seconds() -> None:
    assert parse(pd.Series(["20240506"])).tolist() == [pd.Timestamp("2024-05-06T00:00:00Z")]


@settings(max_examples=20, deadline=None)
@given(st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1)))
def test_iso_and_microseconds_agree(instant: datetime) -> None:
    aware = instant.replace(tzinfo=UTC)
    assert parse(pd.Series([aware.isoformat()])).tolist() == [pd.Timestamp(aware)]


@pytest.mark.parametrize("kind", ["int64", "float64"])
def test_whole_numbers_that_all_read_as_days_are_days(kind: str) -> None:
    days = pd.Series([20240115, 20240229]).astype(kind)
    assert parse(days).dt.strftime("%Y-%m-%d").tolist() == ["2024-01-15", "2024-02-29"]
    numbers = pd.Series([20240115, 20240230]).astype(kind)  # the thirtieth of February is none
    assert parse(numbers).isna().all()


def test_the_order_of_rows_stands_in_for_missing_times() -> None:
    times = times_of(pd.DataFrame({"user_id": ["a", "a", "b"]}), AS_OF)
    assert times.dt.strftime("%d %H:%M:%S").tolist() == ["06 23:59:57", "06 23:59:58", "06 23:59:59"]


@pytest.mark.parametrize("name", ["position", "pos"])
def test_a_position_stands_in_for_missing_times(name: str) -> None:
    times = times_of(pd.DataFrame({name: [2, "0", None], "occurred_at": [None, None, None]}), AS_OF)
    assert times.dt.strftime("%H:%M:%S").tolist()[:2] == ["23:59:59", "23:59:57"]
    assert times.isna().tolist() == [False, False, True]


def test_times_that_are_there_win_over_positions() -> None:
    events = pd.DataFrame({"occurred_at": ["2024-05-06T12:00:00Z", None], "position": [1, 2]})
    assert times_of(events, AS_OF).isna().tolist() == [False, True]


def test_an_action_that_is_never_dated_came_before_all_that_are() -> None:
    events = pd.DataFrame(
        {
            "action": ["tag", "listen", "listen", "tag"],
            "occurred_at": ["2011-05-09T00:00:00Z", None, None, "2005-08-01"],
        }
    )
    times = times_of(events, AS_OF)
    assert times.dt.strftime("%Y-%m-%d %H:%M:%S").tolist() == [
        "2011-05-09 00:00:00",
        "2005-07-31 23:59:58",
        "2005-07-31 23:59:59",
        "2005-08-01 00:00:00",
    ]
    assert stand_in(times.to_numpy("datetime64[us]").astype(np.int64) / 86_400e6).tolist() == [False, True, True, False]


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1]])
def test_what_comes_after_the_day_dates_nothing_before_it(order: list[int]) -> None:
    events = pd.DataFrame({"action": "listen", "occurred_at": [None, None, "2024-05-07"]}).iloc[order]
    times = times_of(events.reset_index(drop=True), AS_OF).dt.strftime("%d %H:%M:%S").tolist()
    assert [times[order.index(row)] for row in range(3)] == ["06 23:59:58", "06 23:59:59", "07 00:00:00"]


def test_an_event_without_a_time_has_none_where_others_of_its_action_have() -> None:
    events = pd.DataFrame({"action": ["buy", "buy"], "occurred_at": ["2024-05-06", None]})
    assert times_of(events, AS_OF).isna().tolist() == [False, True]
