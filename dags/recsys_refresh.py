"""# Recommendations of those who did something new

Every few minutes: users with new events get new lists by the live models, laid over the live set. Nothing is trained.
A newer full set of `recsys_daily` takes over what it covers. Before the first publication there is nothing to do.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import dag, task

import command_task
from stage_task import BY_KIND


@task
def refresh() -> str:
    """How many users did something new, and how many lists lie over the live set."""
    return command_task.run("refresh")


@dag(
    schedule=timedelta(minutes=5),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["recsys"],
    default_args={
        "retries": 1,
        "retry_delay": timedelta(seconds=10),
        "retry_policy": BY_KIND,
        "execution_timeout": timedelta(minutes=30),
    },
)
def recsys_refresh() -> None:
    """One task."""
    refresh()


recsys_refresh()
