"""# Recommendations of those who did something new

Every few minutes: users with new events get new lists by the live models, as an overlay of the live set. Nothing is
trained. A newer full set of `recsys_daily` takes over what it covers. Before the first publication there is nothing to
do.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag, task

import command_task
from policy import policy


@task
def refresh() -> str:
    """How many users did something new, and how many lists lie over the live set."""
    return command_task.run("refresh")


@dag(schedule=timedelta(minutes=5), doc_md=__doc__, **policy(task_hours=0.5, run_hours=1, retries=1))
def recsys_refresh() -> None:
    """One task."""
    refresh()


recsys_refresh()
