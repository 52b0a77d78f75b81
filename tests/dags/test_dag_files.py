"""Rules of dags/ that no linter knows."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

FILES = sorted((Path(__file__).parents[2] / "dags").glob("*.py"))
ABSENT = {
    "ds",
    "ds_nodash",
    "ts",
    "ts_nodash",
    "logical_date",
    "execution_date",
    "data_interval",
    "data_interval_start",
    "data_interval_end",
}


def words(file: Path) -> set[str]:
    """Every name, attribute, argument and text in a file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        found |= {str(getattr(node, field)) for field in ("id", "attr", "arg", "value") if hasattr(node, field)}
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_file_asks_for_what_a_run_by_hand_does_not_have(file: Path) -> None:
    assert not words(file) & ABSENT


def test_the_rule_sees_names_attributes_and_keys(tmp_path: Path) -> None:
    file = tmp_path / "bad.py"
    file.write_text("def f(ds): return context['logical_date'], run.data_interval")
    assert words(file) >= {"ds", "logical_date", "data_interval"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_file_holds_no_sql(file: Path) -> None:
    assert not any(
        word.lstrip().upper().startswith(("SELECT ", "INSERT ", "UPDATE ", "DELETE ")) for word in words(file)
    )


def test_a_dag_file_is_short() -> None:
    assert len((FILES[0].parent / "recsys_daily.py").read_text().splitlines()) <= 80
