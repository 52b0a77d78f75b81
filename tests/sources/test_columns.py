from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recsys.sources import engine, frames
from recsys.sources.columns import Column, amount, column_of, flag, id_text, number, text

Read = Callable[[pd.Series, Callable[[Column], str]], list[Any]]


def read(column: pd.Series, convert: Callable[[Column], str]) -> list[Any]:
    with engine.opened() as con:
        rows = frames.scan(con, "x", pd.DataFrame({"c": column})).rows
        return [value for (value,) in rows.select(convert(column_of(rows, "c"))).fetchall()]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pd.Series([7, 8]), ["7", "8"]),
        (pd.Series([7.0, 2.5]), ["7", "2.5"]),
        (pd.Series([7.0, None]), ["7", None]),
        (pd.Series([1e20, float("inf")]), ["100000000000000000000", "inf"]),
        (pd.array([9007199254740993, None], dtype="Int64"), ["9007199254740993", None]),
        (pd.Series([2**63 - 1, "007", 7.0], dtype=object), ["9223372036854775807", "007", "7"]),
        (pd.Series(["a", "b"], dtype="category"), ["a", "b"]),
        (pd.Series([Decimal("1.50"), b"x", bytes([0, 255])], dtype=object), ["1.50", "x", "00ff"]),
        (pd.Series(["\ud800x", "日本"], dtype=object), ["\\ud800x", "日本"]),
        (pd.Series([["sport", "out of doors"], []]), ["sport|out of doors", None]),
    ],
)
def test_any_value_becomes_text(column: Any, expected: list[str]) -> None:
    assert read(column, text) == expected


@pytest.mark.parametrize("null", [None, float("nan"), pd.NA, pd.NaT, ""])
def test_null_and_empty_are_null(null: Any) -> None:
    assert read(pd.Series([null, "x"], dtype=object), text) == [None, "x"]


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1))
def test_text_stays_as_it_is(values: list[str]) -> None:
    assert read(pd.Series(values, dtype=object), text) == values


@pytest.mark.parametrize("kind", ["str", "string[pyarrow]", "string[python]"])
def test_columns_of_text_are_read_as_the_same_values_of_any_type(kind: str) -> None:
    assert read(pd.Series(["a", "", None, "7.0", "日本"], dtype=kind), text) == ["a", None, None, "7.0", "日本"]


def test_what_is_no_number_is_null_and_thousands_may_be_grouped() -> None:
    written = pd.Series(["1.5", "x", "1,234.5", "1,23", "nan"])
    assert read(written, number) == [1.5, None, 1234.5, None, None]


def test_flags_are_read_in_many_words() -> None:
    column = pd.Series([True, False, 1, 0, "Yes", "no", None, "maybe"], dtype=object)
    assert read(column, lambda name: flag(name, default=True)) == [True, False, True, False, True, False, True, None]


@pytest.mark.parametrize(("written", "ids"), [(["7.0", "8.0", None], ["7", "8", None]), (["7.0", "a"], ["7.0", "a"])])
def test_the_point_of_an_id_goes_where_all_have_one(written: list[str], ids: list[str]) -> None:
    with engine.opened() as con:
        rows = frames.scan(con, "x", pd.DataFrame({"c": written})).rows
        assert [value for (value,) in rows.select(id_text(rows, "c")).fetchall()] == ids


@pytest.mark.parametrize(
    ("written", "values"),
    [
        (["4,5", "3,0", "17"], [4.5, 3.0, 17.0]),
        (["1.234", "12.345.678", None], [1234.0, 12345678.0, None]),
        (["1.234,5", "17"], [1234.5, 17.0]),
        (["1,234", "17"], [1234.0, 17.0]),
        (["1.234", "17"], [1.234, 17.0]),
        (["4,5", "4.5"], [None, 4.5]),
    ],
)
def test_a_column_has_one_way_of_writing_numbers(written: list[str | None], values: list[float | None]) -> None:
    with engine.opened() as con:
        rows = frames.scan(con, "x", pd.DataFrame({"c": written})).rows
        assert [value for (value,) in rows.select(amount(rows, "c")).fetchall()] == values
