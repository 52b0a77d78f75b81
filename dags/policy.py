"""What holds for every DAG: who owns it, what is tried again, how long it may take, who hears when it fails."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import recsys_alerts
from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule
from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from recsys.errors import DataError, GateError, SettingsError
from recsys.settings import load

OWNER = "recsys"
NOT_RETRIED: list[type[BaseException] | str] = [SettingsError, DataError, GateError]
BY_KIND = ExceptionRetryPolicy([RetryRule(NOT_RETRIED, RetryAction.FAIL, reason="another try would fail the same way")])
"""Input that cannot be used fails at once; a database or a process that died is tried again."""


def policy(task_hours: float, run_hours: float, retries: int = 2) -> dict[str, Any]:
    """Arguments of a DAG, one run of which is alive at a time: hours a task, and a whole run, may take.

    There is no start date: a DAG that is unpaused waits for its next time. With one it would at once run the latest
    time that has passed, before what was triggered by hand.
    """
    return {
        "catchup": False,
        "max_active_runs": 1,
        "dagrun_timeout": timedelta(hours=run_hours),
        "tags": ["recsys"],
        "on_failure_callback": recsys_alerts.failed,
        "default_args": {
            "owner": OWNER,
            "pool": "default_pool",
            "retries": retries,
            "retry_delay": timedelta(seconds=10),
            "retry_policy": BY_KIND,
            "execution_timeout": timedelta(hours=task_hours),
        },
    }


def deadline() -> DeadlineAlert | None:
    """The alert of a run that is late, counted from when it was queued."""
    hours = load().alerts.deadline_hours
    if hours is None:
        return None
    return DeadlineAlert(DeadlineReference.DAGRUN_QUEUED_AT, timedelta(hours=hours), AsyncCallback(recsys_alerts.late))


def heavy() -> dict[str, Any]:
    """Airflow's pool and queue of the tasks that read or train."""
    runtime = load().runtime
    return {"pool": runtime.pool, "queue": runtime.queue}
