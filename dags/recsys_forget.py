"""# Forget a user

Removes a user from the files of the store and from Postgres, marks the models that were trained with them, leaves them
out of every later run, and writes a proof, whose path the task returns. Run `recsys_daily` afterwards: until then
`recsys_refresh` refuses to go on with models that knew the user. The id stays in the configuration of this very run:
delete the run here when the proof is kept. What the source holds is its owner's to remove.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import Param, dag, get_current_context, task

import command_task
from stage_task import BY_KIND


@task
def forget() -> str:
    """What was removed, and the path of the proof."""
    return command_task.run("forget", "--", str(get_current_context()["params"]["user_id"]))


@dag(
    schedule=None,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    max_active_runs=1,
    params={"user_id": Param(type="string", minLength=1, title="User", description="The id, as the source has it.")},
    doc_md=__doc__,
    tags=["recsys"],
    default_args={
        "retries": 2,
        "retry_delay": timedelta(seconds=10),
        "retry_policy": BY_KIND,
        "execution_timeout": timedelta(hours=3),
    },
)
def recsys_forget() -> None:
    """One task."""
    forget()


recsys_forget()
