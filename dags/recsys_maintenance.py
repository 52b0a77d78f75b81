"""# Cleaning

Once a day: drops publications beyond those that are kept, lists laid over that a full set knows better, and files of
stages that are a week old and that no publication needs. What is live, and what can be rolled back to, stays.
`recsys_rollback` makes the publication before the live one live again, or the one whose number is given.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import Param, dag, get_current_context, task

import command_task
from stage_task import BY_KIND

DEFAULTS = {
    "retries": 2,
    "retry_delay": timedelta(seconds=10),
    "retry_policy": BY_KIND,
    "execution_timeout": timedelta(hours=1),
}
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


@task
def maintain() -> str:
    """What was kept and removed."""
    return command_task.run("maintain")


@task
def rollback() -> str:
    """The publication that is live now."""
    pub_id = get_current_context()["params"]["pub_id"]
    return command_task.run("rollback", *([] if pub_id is None else [str(pub_id)]))


@dag(schedule="@daily", start_date=BEGINNING, catchup=False, max_active_runs=1, doc_md=__doc__, tags=["recsys"],
     default_args=DEFAULTS)  # fmt: skip
def recsys_maintenance() -> None:
    """One task."""
    maintain()


@dag(schedule=None, start_date=BEGINNING, max_active_runs=1, doc_md=__doc__, tags=["recsys"], default_args=DEFAULTS,
     params={"pub_id": Param(None, type=["null", "integer"], title="Publication",
                             description="Its number; empty: the one before the live one.")})  # fmt: skip
def recsys_rollback() -> None:
    """One task."""
    rollback()


recsys_maintenance()
recsys_rollback()
