"""A day with its real stages, on 30 users and 40 items in two tastes."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from recsys.stages import STAGES

Outcome = dict[str, Any]
USERS, ITEMS = 30, 40
PATTERNS = {0: ("space war robot planet", "science fiction"), 1: ("love wedding summer paris", "romance")}

pytestmark = pytest.mark.skipif(
    not all(importlib.util.find_spec(stage.module) for stage in STAGES.values()), reason="a stage is missing"
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Even users like even items, odd users odd ones; each has 12 plays, one an hour."""
    folder, rng = tmp_path_factory.mktemp("input"), np.random.default_rng(5)
    items = [{"item_id": f"i{number:02}", "title": f"{PATTERNS[number % 2][0].split()[number % 4]} {number}",
              "category": PATTERNS[number % 2][1], "description": PATTERNS[number % 2][0]}
             for number in range(ITEMS)]  # fmt: skip
    events = [{"user_id": f"u{user:02}", "item_id": f"i{item:02}", "action": "play",
               "occurred_at": pd.Timestamp("2026-01-01", tz="UTC") + pd.Timedelta(hours=hour)}
              for user in range(USERS)
              for hour, item in enumerate(rng.choice(np.arange(user % 2, ITEMS, 2), 12, replace=False))]  # fmt: skip
    for name, rows in {"events": events, "items": items}.items():
        pd.DataFrame(rows).to_parquet(folder / f"{name}.parquet")
    return {name: str(folder / f"{name}.parquet") for name in ("events", "items")}


@pytest.fixture(scope="module")
def lived(days: Callable[[Mapping[str, Any]], Outcome], files: dict[str, str]) -> Outcome:
    """A day whose ingest is killed once, and the same day again."""
    conf = {"as_of": "2026-01-05", "source": "files", "top_n": 5, **files}
    return days({"first": {"real": True, "kill": "ingest", "conf": conf}, "again": {"real": True, "conf": conf}})


def recorded(uri: str, day: Outcome) -> dict[str, Run]:
    client = MlflowClient(tracking_uri=uri)
    ids = [one.experiment_id for one in client.search_experiments()]
    found = client.search_runs(ids, f"tags.`airflow.run_id` = '{day['run_id']}'")
    return {run.info.run_name if "mlflow.parentRunId" in run.data.tags else "parent": run for run in found}


def made(day: Outcome, stage: str) -> dict[str, Any]:
    return dict(day["xcoms"][f"{stage}[-1]"]["return_value"])


def test_a_stage_that_is_killed_is_tried_again_and_leaves_nothing_running(lived: Outcome, mlflow_uri: str) -> None:
    runs = recorded(mlflow_uri, lived["first"])
    assert [task["tries"] for task in lived["first"]["tasks"] if task["task"] == "ingest"] == [2]
    assert (runs["ingest"].info.status, runs["ingest, try 2"].info.status) == ("FAILED", "FINISHED")
    assert runs["ingest"].data.tags["recsys.error"] == "TransientError"
    assert "RUNNING" not in {run.info.status for run in runs.values()}


def test_every_user_of_the_files_is_published(lived: Outcome) -> None:
    assert lived["first"]["state"] == "success", lived["log"][-5000:]
    assert made(lived["first"], "ingest")["rows"]["events"] == USERS * 12
    assert made(lived["first"], "publish")["rows"]["users"] == USERS


def test_the_parent_in_mlflow_shows_quality_pictures_and_data(lived: Outcome, mlflow_uri: str) -> None:
    parent = recorded(mlflow_uri, lived["first"])["parent"]
    assert parent.info.status == "FINISHED"
    assert {"warm/ours.ndcg_at_10", "warm/popularity.ndcg_at_10"} <= set(parent.data.metrics)
    drawn = MlflowClient(tracking_uri=mlflow_uri).list_artifacts(parent.info.run_id, "pictures")
    assert {Path(file.path).stem for file in drawn} >= {"accuracy", "alpha", "interests"}
    assert parent.inputs is not None
    assert (
        parent.inputs.dataset_inputs[0].dataset.digest == made(lived["first"], "ingest")["facts"]["dataset_digest"][:36]
    )


def test_the_same_day_again_finds_every_stage_and_publishes_nothing_new(lived: Outcome) -> None:
    first, again = (made(lived[name], "publish")["facts"] for name in ("first", "again"))
    assert all(made(lived["again"], stage)["cached"] for stage in ("ingest", "interests", "transfer", "ranker"))
    assert again["publication"] == first["publication"]
    assert lived["again"]["seconds"] < 60
