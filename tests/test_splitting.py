"""A protocol written as a split by one command, and followed by the next."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from recsys import assess
from recsys.cli import app
from recsys.errors import SettingsError
from tests.brief import brief_training

QUICK = ("evaluation.leave_last=2", "evaluation.resamples=100", "evaluation.cold_revealed=[0,3]")


@brief_training()
def command(name: str, events: Path | str, shop: Mapping[str, str], store: Path, *more: str) -> Any:
    settings = [part for setting in (*QUICK, f"store={store}") for part in ("--set", setting)]
    return CliRunner().invoke(app, [name, "--events", str(events), "--items", shop["items"], *settings, *more])


@pytest.fixture(scope="module")
def written(shop: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written")
    done = command("split", shop["events"], shop, folder / "store", "--protocol", "warm", "--out", str(folder / "out"))
    assert done.exit_code == 0, done.output
    assert done.stdout.split() == [str(folder / "out" / "warm.parquet")]
    return folder


def test_each_users_last_positives_are_marked_for_the_test_and_what_nobody_needs_is_left_out(written: Path) -> None:
    rows = pd.read_parquet(written / "out" / "warm.parquet")
    counts = rows.groupby("user_id")["split"].value_counts().unstack(fill_value=0)
    assert set(rows["split"]) == {"train", "test"}
    assert set(counts["test"]) == {2}
    assert (counts["train"] > 0).all()


def test_the_split_is_followed_and_other_lengths_of_lists_are_measured(written: Path, shop: dict[str, str]) -> None:
    report = written / "report.json"
    done = command(
        "evaluate",
        written / "out" / "warm.parquet",
        shop,
        written / "store",
        "--given-split",
        "--at",
        "5",
        "--at",
        "20",
        "--report",
        str(report),
    )
    assert done.exit_code == 0, done.output
    found = pd.DataFrame(pd.read_json(report, typ="series")["metrics"])
    recsys = found[(found["arm"] == "recsys") & (found["segment"] == "all")].set_index("metric")
    assert set(found["protocol"]) == {"given-split"}
    assert recsys["users"].unique().tolist() == [pd.read_parquet(written / "out" / "warm.parquet")["user_id"].nunique()]
    assert 0 < recsys["value"]["recall@5"] <= recsys["value"]["recall@10"] <= recsys["value"]["recall@20"] <= 1
    assert {"ndcg@5", "ndcg@10", "ndcg@20"} <= set(recsys.index)


def test_a_protocol_of_several_cuts_is_written_as_several_files(shop: dict[str, str], tmp_path: Path) -> None:
    done = command(
        "split", shop["events"], shop, tmp_path / "store", "--protocol", "cold-users", "--out", str(tmp_path)
    )
    assert sorted(file.name for file in tmp_path.glob("*.parquet")) == ["cold-0.parquet", "cold-3.parquet"], done.output


def test_a_protocol_that_is_no_split_writes_nothing(shop: dict[str, str], tmp_path: Path) -> None:
    done = command("split", shop["events"], shop, tmp_path / "store", "--protocol", "noise", "--out", str(tmp_path))
    assert done.exit_code == 1
    assert "is no split of the events" in done.output
    assert not list(tmp_path.glob("*.parquet"))


@pytest.mark.parametrize("at", [0, 101])
def test_a_length_of_lists_out_of_bounds_is_refused(shop: dict[str, str], at: int) -> None:
    with pytest.raises(SettingsError, match=rf"seen: {at}\s+expected: 1 to 100"):
        assess.evaluate(shop["events"], shop["items"], at=[10, at])
