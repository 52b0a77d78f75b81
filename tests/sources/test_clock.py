"""A day and a time of day in two columns, as tills and old logs write them."""

from typing import Any

import pandas as pd
import pytest

from recsys.settings import SourceSettings
from recsys.sources import engine, frames
from recsys.sources.source import named


def read(**columns: Any) -> dict[str, list[Any]]:
    events = pd.DataFrame({"user_id": "ann", "item_id": "mug", "action": "buy", **columns})
    with engine.opened() as con:
        rows = named("events", frames.scan(con, "events", events), SourceSettings()).rows
        return {name: rows.select(name).df()[name].tolist() for name in rows.columns if name not in events.columns[:3]}


@pytest.mark.parametrize(
    ("day", "clock", "expected"),
    [
        ("2024-01-31", "10:30", "2024-01-31 10:30"),
        ("31.1.2024", "9:05:07", "31.1.2024 9:05:07"),
        (pd.Timestamp("2024-01-31"), "10:30:00.5", "2024-01-31 10:30:00.5"),
    ],
)
def test_the_time_of_day_is_set_behind_the_day(day: Any, clock: str, expected: str) -> None:
    assert read(date=[day, day], time=[clock, None]) == {"occurred_at": [expected, expected.split(" ")[0]]}


@pytest.mark.parametrize(
    ("day", "clock"),
    [("2024-01-31T10:30:00Z", "10:30"), ("2024-01-31", "1435"), ("2024-01-31", "3 minutes"), (20240131, "10:30")],
)
def test_what_is_written_otherwise_stays_apart(day: Any, clock: str) -> None:
    found = read(date=[day], time=[clock])
    assert found["time"] == [clock]
    assert str(found["occurred_at"][0]) == str(day)


def test_a_time_of_day_alone_is_no_time() -> None:
    assert read(time=["10:30"]) == {"occurred_at": ["10:30"]}
