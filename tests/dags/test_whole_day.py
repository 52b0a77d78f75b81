"""A day with its real stages, and the same day again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from recsys.stages import STAGES

Outcome = dict[str, Any]
Recorded = Callable[[Outcome], dict[str, Run]]
ELSEWHERE = {"load", "publish", "monitor"}
"""Stages whose result lies in Postgres."""
USERS, EVENTS, TOP_N = 30, 30 * 12, 5


def made(day: Outcome, task: str) -> dict[str, Any]:
    return dict(day["xcoms"][task]["return_value"])


@pytest.fixture(scope="module")
def first(real_days: Outcome) -> Outcome:
    """The first day, which must have ended well."""
    assert real_days["first"]["state"] == "success", real_days["log"][-5000:]
    return dict(real_days["first"])


def test_every_user_of_the_files_is_published(first: Outcome) -> None:
    assert made(first, "ingest[-1]")["rows"]["events"] == EVENTS
    assert made(first, "publish[-1]")["rows"] == {"users": USERS, "recommendations": USERS * TOP_N}
    assert [row[:2] for row in first["recommendations"]] == [
        [f"u{user:02}", rank] for user in range(USERS) for rank in range(1, TOP_N + 1)
    ]


def test_users_are_mostly_given_what_is_to_their_taste(first: Outcome) -> None:
    own = [int(user[1:]) % 2 == int(item[1:]) % 2 for user, _, item, *_ in first["recommendations"]]
    assert sum(own) > 0.8 * len(own)


def test_the_parent_in_mlflow_shows_quality_pictures_and_data(
    first: Outcome, recorded: Recorded, mlflow_uri: str
) -> None:
    parent = recorded(first)["parent"]
    assert parent.info.status == "FINISHED"
    assert {"warm/recsys.ndcg_at_10", "warm/popularity.ndcg_at_10"} <= set(parent.data.metrics)
    drawn = MlflowClient(tracking_uri=mlflow_uri).list_artifacts(parent.info.run_id, "pictures")
    assert {Path(file.path).stem for file in drawn} >= {"accuracy", "alpha", "interests"}
    assert parent.inputs is not None
    (read,) = parent.inputs.dataset_inputs
    assert read.dataset.digest == made(first, "ingest[-1]")["facts"]["dataset_digest"][:36]


def test_the_same_day_again_finds_every_stage_and_publishes_nothing_new(first: Outcome, real_days: Outcome) -> None:
    again = real_days["again"]
    stored = [task for task in again["xcoms"] if task.split("[")[0] in set(STAGES) - ELSEWHERE]
    assert len(stored) == len(STAGES) - len(ELSEWHERE) + 2
    assert all(made(again, task)["cached"] for task in stored)
    assert made(again, "publish[-1]")["facts"]["published"] == "already live"
    assert again["publications"] == first["publications"] == [[1, "2026-01-05", "live"]]
    assert again["recommendations"] == first["recommendations"]
    assert again["seconds"] < first["seconds"]


def test_what_became_live_is_announced_once_for_its_day(first: Outcome, real_days: Outcome) -> None:
    live = {"publication": 1, "as_of": "2026-01-05", "users": USERS}
    assert first["assets"] == [["recsys://publication/", "2026-01-05", live]]
    assert real_days["again"]["assets"] == []
    (second,) = real_days["second"]["assets"]
    assert second == ["recsys://publication/", "2026-01-06", {**live, "publication": 2, "as_of": "2026-01-06"}]


def test_the_day_is_watched(first: Outcome) -> None:
    watched = made(first, "monitor[-1]")
    assert watched["metrics"]["events"] == EVENTS
    assert watched["metrics"]["lag_days"] == 4
    assert watched["metrics"]["coverage"] == 1
    assert watched["facts"]["train"] == "no: no drift over its bound"
