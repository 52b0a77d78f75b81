from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.events.columns import flags, numbers, texts


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pd.Series([7, 8]), ["7", "8"]),
        (pd.Series([7.0, 2.5]), ["7", "2.5"]),
        (pd.Series([2**63 - 1, "007", 7.0], dtype=object), ["9223372036854775807", "007", "7"]),
        (pd.Series(["a", "b"], dtype="category"), ["a", "b"]),
        (pd.Series([Decimal("1.50"), b"x", bytes([0, 255])], dtype=object), ["1.50", "x", "00ff"]),
        (pd.Series(["\ud800x", "日本"], dtype=object), ["\\ud800x", "日本"]),
    ],
)
def test_any_value_becomes_text(column: Any, expected: list[str]) -> None:
    assert texts(column).tolist() == expected


@pytest.mark.parametrize("null", [None, float("nan"), pd.NA, pd.NaT, ""])
def test_null_and_empty_are_null(null: Any) -> None:
    assert texts(pd.Series([null], dtype=object)).isna().all()


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1)))
def test_text_stays_as_it_is(values: list[str]) -> None:
    assert texts(pd.Series(values, dtype=object)).tolist() == values


@pytest.mark.parametrize("kind", ["str", "string[pyarrow]", "string[python]"])
def test_columns_of_text_are_read_as_the_same_values_of_any_type(kind: str) -> None:
    values = pd.Series(["a", "", None, "7.0", "日本"], index=[3, 1, 4, 0, 2], dtype=object)
    pd.testing.assert_series_equal(texts(values.astype(kind)), texts(values))


@pytest.mark.parametrize("kind", ["object", "category"])
def test_what_is_no_number_is_null(kind: str) -> None:
    assert numbers(pd.Series(["1.5", "x"], dtype=kind)).fillna(-1).tolist() == [1.5, -1]


def test_flags_are_read_in_many_words() -> None:
    column = pd.Series([True, False, 1, 0, "Yes", "no", None, "maybe"], dtype=object)
    assert flags(column, default=True).tolist() == [True, False, True, False, True, False, True, pd.NA]
