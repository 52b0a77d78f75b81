from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import policy
import pytest
import stage_task

from recsys.errors import DataError, GateError, SettingsError, TransientError


def context(key: str | None = None, as_of: str | None = None, run_after: datetime | None = None) -> dict[str, Any]:
    dag_run = SimpleNamespace(run_after=run_after or datetime(2026, 3, 1, 2, tzinfo=UTC))
    return {"partition_key": key, "params": {"as_of": as_of}, "dag_run": dag_run}


def test_a_scheduled_run_makes_the_day_of_its_partition_key() -> None:
    assert stage_task.as_of(context("2026-02-28", "2026-01-01")) == date(2026, 2, 28)


def test_a_run_by_hand_makes_the_day_of_the_form() -> None:
    assert stage_task.as_of(context(None, "2026-01-01")) == date(2026, 1, 1)


def test_a_run_by_hand_without_a_day_makes_the_utc_day_on_which_it_starts() -> None:
    midnight_in_tokyo = datetime(2026, 3, 2, 0, 30, tzinfo=timezone(timedelta(hours=9)))
    assert stage_task.as_of(context(run_after=midnight_in_tokyo)) == date(2026, 3, 1)


def test_a_key_that_is_no_day_is_refused() -> None:
    with pytest.raises(SettingsError, match="last tuesday"):
        stage_task.as_of(context("last tuesday"))


@pytest.mark.parametrize("kind", [SettingsError, DataError, GateError])
def test_an_error_that_would_come_again_is_not_retried(kind: type[Exception]) -> None:
    assert policy.BY_KIND.evaluate(kind("x"), 1, 3).action.value == "fail"


@pytest.mark.parametrize("kind", [TransientError, OSError])
def test_other_errors_are_left_to_the_retries(kind: type[Exception]) -> None:
    assert policy.BY_KIND.evaluate(kind("x"), 1, 3).action.value == "default"


HEAVY = [
    "torch",
    "transformers",
    "pandas",
    "pyarrow",
    "mlflow",
    "psycopg2",
    "sklearn",
    "scipy",
    "lightgbm",
    "matplotlib",
]


@pytest.mark.parametrize("module", ["plugins/mlflow_link.py", "plugins/data_ready.py", "plugins/recsys_alerts.py"])
def test_what_airflow_reads_again_and_again_imports_nothing_heavy(module: str) -> None:
    code = f"""
import sys, runpy
import airflow.sdk, airflow.plugins_manager, airflow.dag_processing.dagbag
before = set(sys.modules)
sys.path[:0] = ["dags", "plugins"]
runpy.run_path({module!r})
print([name for name in {HEAVY} if name in set(sys.modules) - before])
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ)
    assert ran.stdout.strip().endswith("[]"), ran.stdout + ran.stderr
