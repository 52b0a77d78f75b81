"""Who is told, and of what."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import recsys_alerts

LATE = {"dag_run": {"dag_id": "recsys_daily", "dag_run_id": "day-5"}, "deadline": {"deadline_time": "2026-01-06 06:00"}}


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file to which the notifier of the settings writes."""
    file = tmp_path / "told"
    monkeypatch.syspath_prepend(Path(__file__).parent)
    monkeypatch.setenv("RECSYS_ALERTS__NOTIFIER", "notes.ToFile")
    monkeypatch.setenv("RECSYS_ALERTS__ARGUMENTS", json.dumps({"file": str(file), "text": "Look: {{ what }}"}))
    return file


def task(over: str) -> dict[str, Any]:
    """The context of the task `monitor`, which found that."""
    made = {"facts": {"over": over}, "as_of": "2026-01-05"}
    return {"ti": SimpleNamespace(dag_id="recsys_daily", task_id="monitor", xcom_pull=lambda task_ids: made)}


def test_a_run_that_failed_is_told_by_the_notifier_of_the_settings(told: Path) -> None:
    recsys_alerts.failed({"dag": SimpleNamespace(dag_id="recsys_refresh"), "run_id": "r1", "reason": "timed_out"})
    assert told.read_text() == "Look: recsys_refresh: run r1 failed (timed_out)\n"


def test_a_run_that_is_late_is_told_from_within_the_triggerer(told: Path) -> None:
    asyncio.run(recsys_alerts.late(context=LATE))
    assert told.read_text() == "Look: recsys_daily: run day-5 is late, it was to be done by 2026-01-06 06:00\n"


def test_what_is_over_its_bound_is_told_and_nothing_is_not(told: Path) -> None:
    recsys_alerts.over(task(""))
    assert not told.exists()
    recsys_alerts.over(task("lag_days, quality hindsight/recsys/all"))
    assert (
        told.read_text()
        == "Look: recsys_daily: lag_days, quality hindsight/recsys/all over the bound, as of 2026-01-05\n"
    )


def test_without_a_notifier_the_log_is_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        asyncio.run(recsys_alerts.late(context=LATE))
    assert "recsys alert: recsys_daily: run day-5 is late" in caplog.text
