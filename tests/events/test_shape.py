from typing import Any

import pandas as pd
import pytest

from recsys.errors import DataError
from recsys.events import shape
from recsys.settings import EventSettings
from recsys.sources import engine
from tests.raw import raw

PLAIN = EventSettings()


def check(settings: EventSettings = PLAIN, **tables: Any) -> None:
    events = pd.DataFrame({"user_id": [1], "item_id": [1], "action": ["buy"]})
    items = pd.DataFrame({"item_id": [1], "title": ["Lamp"]})
    with engine.opened() as con:
        shape.check(raw(con, **{"events": events, "items": items, **tables}), settings)


@pytest.mark.parametrize("column", ["user_id", "item_id"])
def test_a_missing_column_of_events_is_named(column: str) -> None:
    columns = [name for name in ("user_id", "item_id", "action") if name != column]
    with pytest.raises(DataError, match="events table lacks a column") as error:
        check(events=pd.DataFrame([["x", "y"]], columns=columns))
    assert error.value.expected == column
    assert error.value.seen == ", ".join(columns)


def test_a_column_that_looks_like_the_missing_one_is_offered() -> None:
    with pytest.raises(DataError, match="such as custmer_id") as error:
        check(events=pd.DataFrame({"custmer_id": [1], "item_id": [1], "action": ["buy"]}))
    assert """overrides=['source.columns={"user_id": "custmer_id"}']""" in error.value.remedy


def test_events_without_an_action_say_how_to_name_it() -> None:
    events = pd.DataFrame({"userId": [1], "movieId": [1]})
    with pytest.raises(DataError, match=r"events\.default_action=rate"):
        check(events=events)
    check(EventSettings(default_action="view"), events=events)


def test_items_need_some_text_column_and_any_is_enough() -> None:
    check(items=pd.DataFrame({"item_id": [1], "description": ["A lamp"]}))
    with pytest.raises(DataError, match="one of title, category, description"):
        check(items=pd.DataFrame({"item_id": [1], "price": [2]}))


@pytest.mark.parametrize("table", ["users", "follows"])
def test_optional_tables_need_their_columns_too(table: str) -> None:
    with pytest.raises(DataError, match=f"{table} table lacks a column"):
        check(**{table: pd.DataFrame({"age": [30]})})


@pytest.mark.parametrize("table", ["events", "items"])
def test_a_table_without_rows_is_refused(table: str) -> None:
    columns = ["user_id", "item_id", "action", "title"]
    with pytest.raises(DataError, match=f"{table} table has no rows"):
        check(**{table: pd.DataFrame(columns=columns)})


def test_a_column_that_comes_twice_is_refused() -> None:
    with pytest.raises(DataError, match="column twice"):
        check(items=pd.DataFrame([[1, "a", "b"]], columns=["item_id", "title", "title"]))
