"""Interests and transfer as stages: from files to files, through the store."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys import results, stages
from recsys.artifacts import Manifest
from recsys.settings import Settings
from tests.ingested import number_tables

DAY = date(2024, 1, 31)
ITEMS = 60
SECTIONS = {"light": "lamp", "floor": "rug", "drink": "mug"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(store=str(tmp_path / "store"))


@pytest.fixture
def inputs(tmp_path: Path) -> stages.Inputs:
    """Thirty users of three sections of twenty items; `new` is in the user table alone."""
    rng = np.random.default_rng(0)
    kinds = np.repeat(list(SECTIONS), ITEMS // 3)
    ids = np.array([f"i{number:02}" for number in range(ITEMS)])
    titles = [f"{SECTIONS[kind]} {number}" for number, kind in enumerate(kinds)]
    pd.DataFrame({"item_id": ids, "title": titles, "category": kinds, "domain": "", "available": True}).to_parquet(
        tmp_path / "items.parquet"
    )
    user = np.repeat(np.arange(30), 12)
    item = user % 3 * 20 + rng.integers(0, 20, len(user))
    events = {
        "user_id": [f"u{number:02}" for number in user],
        "item_id": ids[item],
        "action": "buy",
        "value": np.nan,
        "domain": "",
        "occurred_at": pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(np.arange(len(user)), "h"),
        "event_id": [f"{number:04}" for number in range(len(user))],
    }
    pd.DataFrame(events).to_parquet(tmp_path / "events.parquet")
    pd.DataFrame({"user_id": ["new"]}).to_parquet(tmp_path / "users.parquet")
    follows = pd.DataFrame({"follower_id": ["new"], "followee_id": ["u00"], "weight": [1.0]})
    follows.to_parquet(tmp_path / "follows.parquet")
    number_tables(tmp_path)
    vectors = np.repeat(np.eye(3, 8), ITEMS // 3, axis=0) + rng.normal(0, 0.02, (ITEMS, 8))
    np.save(tmp_path / "vectors.npy", vectors.astype(np.float16))
    made = {name: (Manifest(name, str(DAY), name, tmp_path.as_uri()),) for name in ("ingest", "features")}
    return {**made, "interests": ()}


def run(settings: Settings, inputs: stages.Inputs) -> tuple[Manifest, Manifest]:
    interests = results.run("interests", settings, DAY, inputs)
    return interests, results.run("transfer", settings, DAY, {**inputs, "interests": (interests,)})


def test_interests_are_named_by_what_is_in_them(settings: Settings, inputs: stages.Inputs) -> None:
    interests, _ = run(settings, inputs)
    table = pd.read_parquet(interests.path("interests.parquet"))
    assert sorted(table["name"]) == ["drink: mug", "floor: rug", "light: lamp"]
    assert table["items"].tolist() == [20, 20, 20]
    assert {len(titles) for titles in table["examples"]} == {8}
    assert [interests.rows[name] for name in ("interests", "users", "items")] == [3, 31, 60]


def test_the_trace_has_a_row_for_every_user_and_a_newcomer_takes_after_their_followee(
    settings: Settings, inputs: stages.Inputs
) -> None:
    _, transfer = run(settings, inputs)
    trace = pd.read_parquet(transfer.path("trace.parquet")).set_index("user_id")
    assert len(trace) == transfer.rows["users"] == 31
    assert trace["transferred"].map(sum).to_numpy() == pytest.approx(np.ones(31), abs=1e-5)
    assert trace.loc["new", ["segment", "alpha", "events"]].tolist() == ["0", 1.0, 0]
    assert len(trace.loc["new", "observed"]) == 0
    vouching = [donor["donor"] for donor in trace.loc["new", "donors"]]
    assert vouching == ["follows", "circle", "neighbours", "newcomers", "population"]


def test_estimates_are_json_by_segment(settings: Settings, inputs: stages.Inputs) -> None:
    _, transfer = run(settings, inputs)
    estimates = json.loads(transfer.path("estimates.json").read_text())
    assert [estimate["segment"] for estimate in estimates] == ["0", "1-3", "4-10", "11-30", "31+"]
    assert set(estimates[0]) == {"segment", "kappa", "beta", "gain", "gain_low", "gain_high", "open"}
    assert all(sum(estimate["beta"].values()) == 1 for estimate in estimates)
    assert transfer.facts == {"donors": "follows, circle, neighbours, newcomers, population"}


def test_a_cohort_that_would_tell_of_few_is_named(
    settings: Settings, inputs: stages.Inputs, caplog: pytest.LogCaptureFixture
) -> None:
    """No country is shared by more people than `transfer.min_cohort`."""
    country = ["France"] * 18 + ["Spain"] * 9 + [None] * 3
    users = pd.DataFrame({"user_id": [f"u{number:02}" for number in range(30)], "country": country})
    users.to_parquet(inputs["ingest"][0].path("users.parquet"))
    number_tables(inputs["ingest"][0].path(""))
    _, transfer = run(settings, inputs)
    assert transfer.rows["cohorts suppressed"] == 2
    assert "country=Spain" in caplog.text


def test_a_rerun_elsewhere_writes_the_same(settings: Settings, inputs: stages.Inputs, tmp_path: Path) -> None:
    elsewhere = Settings(store=str(tmp_path / "other"))
    (_, first), (_, second) = run(settings, inputs), run(elsewhere, inputs)
    assert first.uri != second.uri
    pd.testing.assert_frame_equal(*(pd.read_parquet(manifest.path("trace.parquet")) for manifest in (first, second)))
