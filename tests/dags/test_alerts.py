"""Who is told, and of what."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import recsys_alerts

RUN = {"dag_id": "recsys_daily", "dag_run_id": "day 5", "partition_key": "2026-01-05"}
LATE = {"dag_run": RUN, "deadline": {"deadline_time": "2026-01-06 06:00"}}


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file to which the notifier of the settings writes."""
    file = tmp_path / "told"
    monkeypatch.syspath_prepend(Path(__file__).parent)
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "http://airflow/ops/")
    monkeypatch.setenv("RECSYS_ALERTS__NOTIFIER", "notes.ToFile")
    monkeypatch.setenv("RECSYS_ALERTS__ARGUMENTS", json.dumps({"file": str(file), "text": "Look: {{ what }}"}))
    return file


def task(over: str) -> dict[str, Any]:
    """The context of the task `monitor`, which found that."""
    made = {"facts": {"over": over}, "as_of": "2026-01-05"}
    pulled = {"xcom_pull": lambda task_ids: made}
    return {"ti": SimpleNamespace(dag_id="recsys_daily", run_id="r1", task_id="monitor", **pulled)}


def test_a_run_that_failed_is_told_by_the_notifier_of_the_settings(told: Path) -> None:
    recsys_alerts.failed({"dag": SimpleNamespace(dag_id="recsys_refresh"), "run_id": "r1", "reason": "timed_out"})
    assert told.read_text() == (
        "Look: recsys_refresh, day ?, run r1: the run failed (timed_out); to do: read the log of the task that failed, "
        "fix the cause, clear the task: http://airflow/ops/dags/recsys_refresh/runs/r1\n"
    )


def test_a_run_that_is_late_is_told_from_within_the_triggerer(told: Path) -> None:
    asyncio.run(recsys_alerts.late(context=LATE))
    assert told.read_text() == (
        "Look: recsys_daily, day 2026-01-05, run day 5: the run is late, it was to be done by 2026-01-06 06:00; "
        "to do: look which task waits or is slow: http://airflow/ops/dags/recsys_daily/runs/day%205\n"
    )


def test_what_is_over_its_bound_is_told_and_nothing_is_not(told: Path) -> None:
    recsys_alerts.over(task(""))
    assert not told.exists()
    recsys_alerts.over(task("lag_days, quality hindsight/recsys/all"))
    assert told.read_text() == (
        "Look: recsys_daily, day 2026-01-05, run r1: over the bound: lag_days, quality hindsight/recsys/all; "
        "to do: look at the page Health, and roll back if lists suffered: http://airflow/ops/dags/recsys_daily/runs/r1\n"
    )


@pytest.mark.parametrize(
    ("run", "as_of"),
    [
        ({"partition_key": "2026-01-05", "conf": {"as_of": "2026-01-04"}, "run_after": "2026-01-06T00:00:00Z"}, "05"),
        (SimpleNamespace(partition_key=None, conf={"as_of": "2026-01-04"}, run_after=datetime(2026, 1, 6)), "04"),
        (SimpleNamespace(partition_key=None, conf=None, run_after=datetime(2026, 1, 6)), "06"),
    ],
)
def test_the_day_of_a_run_is_its_key_or_that_of_the_form_or_that_of_its_start(run: Any, as_of: str) -> None:
    assert recsys_alerts.day(run) == f"2026-01-{as_of}"


def test_a_question_is_asked_though_nobody_can_be_alerted(
    told: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("RECSYS_ALERTS__ARGUMENTS", '{"file": "/nowhere/at/all", "text": "{{ what }}"}')
    recsys_alerts.Asked(24).notify({**task(""), "dag_run": RUN})
    assert "could not be alerted" in caplog.text


def test_without_a_notifier_the_log_is_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        asyncio.run(recsys_alerts.late(context=LATE))
    assert "recsys alert: recsys_daily, day 2026-01-05, run day 5: the run is late" in caplog.text
