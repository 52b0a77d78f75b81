"""The stage from day to day, through the store."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys import results, stages
from recsys.artifacts import Manifest
from recsys.interests import stage
from recsys.settings import Settings, load
from tests.ingested import number_tables

FIRST, SECOND, THIRD = (date(2024, 1, day) for day in (1, 2, 3))
SECTIONS = ("lamp", "rug", "mug")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(store=str(tmp_path / "store"))


def inputs(folder: Path, each: int, model: str = "a") -> stages.Inputs:
    """A catalogue of three sections and three users."""
    folder.mkdir(exist_ok=True)
    kinds = np.repeat(SECTIONS, each)
    ids = [f"i{number:03}" for number in range(len(kinds))]
    pd.DataFrame({"item_id": ids, "title": kinds, "category": "", "domain": "", "available": True}).to_parquet(
        folder / "items.parquet"
    )
    events = {
        "user_id": ["u0", "u1", "u2"],
        "item_id": [ids[0], ids[each], ids[-1]],
        "action": "buy",
        "domain": "",
        "value": np.nan,
        "event_id": ["0", "1", "2"],
        "occurred_at": pd.Timestamp("2024-01-01", tz="UTC"),
    }
    pd.DataFrame(events).to_parquet(folder / "events.parquet")
    pd.DataFrame({"user_id": pd.Series(dtype=str)}).to_parquet(folder / "users.parquet")
    follows = {
        "follower_id": pd.Series(dtype=str),
        "followee_id": pd.Series(dtype=str),
        "weight": pd.Series(dtype=float),
    }
    pd.DataFrame(follows).to_parquet(folder / "follows.parquet")
    number_tables(folder)
    vectors = np.repeat(np.eye(3, 8), each, axis=0) + np.random.default_rng(each).normal(0, 0.02, (len(kinds), 8))
    np.save(folder / "vectors.npy", vectors.astype(np.float16))
    facts = {"model_version": model}
    return {
        name: (Manifest(name, "2024-01-01", f"{name} {each}", folder.as_uri(), facts=facts),)
        for name in ("ingest", "features")
    }


def run(settings: Settings, day: date, given: stages.Inputs) -> Manifest:
    return results.run("interests", settings, day, given)


def names(made: Manifest) -> list[str]:
    return stage.read_names(made)


def test_tomorrow_goes_on_from_today_though_the_catalogue_grew(settings: Settings, tmp_path: Path) -> None:
    first = run(settings, FIRST, inputs(tmp_path / "a", 20))
    second = run(settings, SECOND, inputs(tmp_path / "b", 25))
    assert names(second) == names(first)
    assert pd.read_parquet(second.path("interests.parquet"))["since"].tolist() == ["2024-01-01"] * 3
    assert second.facts["goes_on_from"] == f"2024-01-01/{first.fingerprint}"
    assert (first.metrics["new_interests"], second.metrics["new_interests"]) == (3, 0)


def test_with_the_same_catalogue_nothing_changes(settings: Settings, tmp_path: Path) -> None:
    first, second = (run(settings, day, inputs(tmp_path / "a", 20)) for day in (FIRST, SECOND))
    assert first.uri != second.uri
    for file in ("interests.parquet", "membership.npy", "directions.npy", "prototypes.npz", "observed.npz"):
        assert first.path(file).read_bytes() == second.path(file).read_bytes()


def test_a_rerun_is_found_until_an_earlier_day_comes_in_between(settings: Settings, tmp_path: Path) -> None:
    a, b = inputs(tmp_path / "a", 20), inputs(tmp_path / "b", 25)
    run(settings, FIRST, a)
    third = run(settings, THIRD, b)
    assert run(settings, THIRD, b).cached
    run(settings, SECOND, b)
    again = run(settings, THIRD, b)
    assert not again.cached
    assert names(again) == names(third)


def test_days_filled_in_order_elsewhere_are_the_same(settings: Settings, tmp_path: Path) -> None:
    other_store = Settings(store=str(tmp_path / "other"))
    days = [(FIRST, inputs(tmp_path / "a", 20)), (SECOND, inputs(tmp_path / "b", 25))]
    here, there = ([run(configured, *day).fingerprint for day in days] for configured in (settings, other_store))
    assert here == there


@pytest.mark.parametrize("change", ["model", "source"])
def test_another_model_or_source_starts_anew(settings: Settings, tmp_path: Path, change: str) -> None:
    run(settings, FIRST, inputs(tmp_path / "a", 20))
    model = "b" if change == "model" else "a"
    other = load([f"store={settings.store}", "source.kind=files"]) if change == "source" else settings
    assert run(other, SECOND, inputs(tmp_path / "b", 25, model)).facts["goes_on_from"] == ""


def test_of_two_results_of_a_day_the_one_with_the_same_settings_is_gone_on_from(
    settings: Settings, tmp_path: Path
) -> None:
    given = inputs(tmp_path / "a", 20)
    for count in range(2, 8):
        run(load([f"store={settings.store}", f"interests.count={count}"]), FIRST, given)
    wanted = run(load([f"store={settings.store}", "interests.count=2"]), FIRST, given)
    second = run(load([f"store={settings.store}", "interests.count=2"]), SECOND, given)
    assert wanted.cached
    assert second.facts["goes_on_from"] == f"2024-01-01/{wanted.fingerprint}"


def test_drift_is_kept_for_every_user(settings: Settings, tmp_path: Path) -> None:
    made = run(settings, FIRST, inputs(tmp_path / "a", 20))
    assert np.load(made.path("observed.npz"))["drift"].tolist() == [0, 0, 0]
    assert (made.metrics["drift_mean"], made.rows["users whose taste turned"]) == (0, 0)


def test_no_later_day_is_looked_at(settings: Settings, tmp_path: Path) -> None:
    run(settings, SECOND, inputs(tmp_path / "a", 20))
    assert run(settings, FIRST, inputs(tmp_path / "a", 20)).facts["goes_on_from"] == ""
