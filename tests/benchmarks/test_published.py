"""A small split through the whole benchmark, and the report beside figures made up for it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.published import __main__ as command
from benchmarks.published import report
from benchmarks.published.beauty import BEAUTY
from benchmarks.published.run import BARE, LATER, Measured
from benchmarks.published.table import Figure, Table
from recsys.schema import NO_TRANSFER, RECSYS
from tests.brief import brief_training

TABLE = Table("A shop", "where from", 2, 3, 4, "a paper", (Figure("weak", 0.3, 0.1), Figure("strong", 0.2, 0.25)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 users who go through one of two shelves of ten items in order; the last item of each is the test's."""
    made, rng = tmp_path_factory.mktemp("split"), np.random.default_rng(7)
    rows = []
    for user in range(40):
        first, length = rng.integers(0, 4), 6
        items = [10 * (user % 2) + first + step for step in range(length)]
        splits = [*["train"] * (length - 2), "valid", "test"]
        rows += [
            (f"u{user}", f"i{item}", "buy", place, split)
            for place, (item, split) in enumerate(zip(items, splits, strict=True))
        ]
    events = pd.DataFrame(rows, columns=["user_id", "item_id", "action", "position", "split"])
    events.to_parquet(made / "events.parquet")
    titles = [f"{'novel' if item < 10 else 'drill'} number {item}" for item in range(20)]
    pd.DataFrame({"item_id": [f"i{item}" for item in range(20)], "title": titles}).to_parquet(made / "items.parquet")
    return made


@brief_training()
def measure(folder: Path, out: Path) -> None:
    command.main([str(folder), "--set", f"store={out.parent / 'store'}", "--out", str(out)])


def test_every_user_is_asked_and_what_others_do_next_is_found(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    measure(folder, tmp_path / "r.md")
    figures = json.loads((tmp_path / "r.json").read_text())["figures"]
    assert {RECSYS, NO_TRANSFER, BARE, LATER, "transitions", "sequence", "ease"} <= set(figures)
    assert figures[RECSYS]["recall@10"] > 0.9
    assert "| 40 users, 20 items" in capsys.readouterr().out


def test_data_without_a_split_says_what_is_lacking(folder: Path, tmp_path: Path) -> None:
    for name in ("events", "items"):
        rows = pd.read_parquet(folder / f"{name}.parquet")
        rows.drop(columns="split", errors="ignore").to_parquet(tmp_path / f"{name}.parquet")
    with pytest.raises(SystemExit, match="no column split"):
        command.main([str(tmp_path), "--set", f"store={tmp_path / 'store'}", "--out", str(tmp_path / "r.md")])


def test_the_report_stands_published_figures_among_ours_in_order() -> None:
    ndcg = {RECSYS: np.array([0.4, 0.6]), NO_TRANSFER: np.array([0.2, 0.3]), BARE: np.array([0.1, 0.1])}
    text = report.markdown(Measured(2, 3, 4, ndcg, ndcg), TABLE)
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    names = [line.split(" | ")[0] for line in lines[2:7]]
    assert names == [f"| {RECSYS}", f"| {NO_TRANSFER}", "| *strong*", f"| {BARE}", "| *weak*"]
    assert "- recsys / strong, the best published: 2.00 [1.60, 2.40]" in text
    assert f"- recsys / {NO_TRANSFER}: 2.00 [2.00, 2.00]" in text


def test_a_table_is_recognised_by_its_data() -> None:
    assert BEAUTY.is_of(22_363, 12_101, 198_502)
    assert not BEAUTY.is_of(22_363, 12_101, 198_501)
    assert BEAUTY.best.ndcg == 0.0531
