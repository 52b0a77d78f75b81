from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys.errors import GateError
from recsys.publish.lists import Counts, check

LISTS: dict[str, Any] = {
    "user_id": ["u1", "u2"],
    "item_ids": [["a", "b"], ["a"]],
    "scores": [[1.0, 0.5], [2.0]],
    "reasons": [["x", "y"], ["z"]],
    "terms": [["rest +1.00", "rest +0.50"], ["rest +1.00"]],
}


@pytest.fixture
def items(tmp_path: Path) -> Path:
    file = tmp_path / "items.parquet"
    pq.write_table(pa.table({"item_id": ["a", "b"], "available": [True, True]}), file)
    return file


def test_lists_that_can_be_served_are_counted(items: Path, tmp_path: Path) -> None:
    pq.write_table(pa.table(LISTS), tmp_path / "lists.parquet")
    assert check([tmp_path / "lists.parquet"] * 2, items) == Counts(users=4, recommendations=6)


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("user_id", ["u1", None], "belongs to nobody"),
        ("item_ids", [["a", "b"], None], "item_ids is null"),
        ("item_ids", [["a", "b"], [None]], "item_ids holds a null"),
        ("reasons", [["x"], ["z"]], "differ in length"),
        ("scores", [["high", "low"], ["low"]], "cannot be read"),
    ],
)
def test_a_file_that_breaks_its_form_is_refused(
    items: Path, tmp_path: Path, column: str, values: list[Any], message: str
) -> None:
    pq.write_table(pa.table({**LISTS, column: values}), tmp_path / "lists.parquet")
    with pytest.raises(GateError, match=message):
        check([tmp_path / "lists.parquet"], items)


def test_a_missing_column_is_named(items: Path, tmp_path: Path) -> None:
    pq.write_table(pa.table(LISTS).drop_columns("reasons"), tmp_path / "lists.parquet")
    with pytest.raises(GateError, match="reasons"):
        check([tmp_path / "lists.parquet"], items)


def test_what_is_no_parquet_is_refused(items: Path, tmp_path: Path) -> None:
    (tmp_path / "lists.parquet").write_text("user_id,item_ids\n")
    with pytest.raises(GateError, match="cannot be read"):
        check([tmp_path / "lists.parquet"], items)
