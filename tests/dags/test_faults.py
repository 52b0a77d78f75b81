"""Days that go wrong: what was live is still live and whole, MLflow holds no run that nobody runs, a rerun succeeds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from mlflow.entities import Run

Outcome = dict[str, Any]
Recorded = Callable[[Outcome], dict[str, Run]]
BAD = {
    "a missing column": "the events table lacks a column",
    "no parquet": "the events file cannot be read",
    "only bad rows": "too many bad rows in events",
}


def tried(day: Outcome, name: str) -> list[tuple[str, int]]:
    return [(task["state"], task["tries"]) for task in day["tasks"] if task["task"] == name]


@pytest.mark.parametrize("bad", BAD)
def test_bad_input_fails_the_day_at_once(real_days: Outcome, bad: str, recorded: Recorded) -> None:
    day, runs = real_days[bad], recorded(real_days[bad])
    assert (day["state"], tried(day, "ingest"), tried(day, "publish")) == (
        "failed",
        [("failed", 1)],
        [("upstream_failed", 0)],
    )
    assert runs["ingest"].data.tags["recsys.error"] == "DataError"
    assert runs["ingest"].data.tags["recsys.error_what"] == BAD[bad]


def test_a_stage_killed_in_the_middle_is_tried_again(real_days: Outcome, recorded: Recorded) -> None:
    day, runs = real_days["first"], recorded(real_days["first"])
    assert (day["state"], tried(day, "ingest")) == ("success", [("success", 2)])
    assert (runs["ingest"].info.status, runs["ingest, try 2"].info.status) == ("FAILED", "FINISHED")
    assert runs["ingest"].data.tags["recsys.error"] == "TransientError"


def test_a_stage_killed_at_every_try_fails_the_day(real_days: Outcome, recorded: Recorded) -> None:
    day, runs = real_days["killed"], recorded(real_days["killed"])
    assert (day["state"], tried(day, "transfer")) == ("failed", [("failed", 3)])
    assert {runs[name].info.status for name in ("transfer", "transfer, try 2", "transfer, try 3")} == {"FAILED"}


@pytest.mark.parametrize("fault", [*BAD, "killed"])
def test_after_a_fault_what_was_live_is_live_and_whole(real_days: Outcome, fault: str) -> None:
    assert real_days[fault]["publications"] == real_days["first"]["publications"]
    assert real_days[fault]["recommendations"] == real_days["first"]["recommendations"]
    assert len(real_days[fault]["recommendations"]) == 30 * 5


@pytest.mark.parametrize("fault", ["first", *BAD, "killed", "second"])
def test_after_a_fault_no_run_in_mlflow_is_running(real_days: Outcome, fault: str, recorded: Recorded) -> None:
    runs = recorded(real_days[fault])
    assert runs["parent"].info.status == ("FINISHED" if fault in ("first", "second") else "FAILED")
    assert "RUNNING" not in {run.info.status for run in runs.values()}


def test_after_all_faults_a_rerun_publishes_the_day(real_days: Outcome) -> None:
    day = real_days["second"]
    assert day["state"] == "success", real_days["log"][-5000:]
    assert day["publications"] == [[2, "2026-01-06", "live"], [1, "2026-01-05", "published"]]
    assert len(day["recommendations"]) == 30 * 5


def test_a_rerun_goes_on_from_the_last_stage_that_ended_well(real_days: Outcome) -> None:
    xcoms = real_days["second"]["xcoms"]
    found = {stage: xcoms[f"{stage}[-1]"]["return_value"]["cached"] for stage in ("ingest", "interests", "transfer")}
    assert found == {"ingest": True, "interests": True, "transfer": False}
