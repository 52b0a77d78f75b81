"""# Cleaning

Once a day: drops publications beyond those that are kept, overlay lists that a newer full set covers, files of stages
that are a week old and that no publication needs, of the ingests of a day all but the newest after a day, and what
stopped runs and trainings left a week ago; runs in MLflow and log files of Airflow, after the days of `retention`.
What is live, and what can be rolled back to, stays, and so does what trainings of language models made. A part that
fails does not stop the others, and fails the task at its end. The databases of Airflow and MLflow, which no task
reaches, are cleaned by `recsys clean-databases` beside the services.
`recsys_rollback` makes the publication before the live publication live again, or the publication whose number is
given. It is not tried again: what broke off may have gone back already, and would go back once more.
"""

from __future__ import annotations

from airflow.configuration import conf
from airflow.sdk import Param, dag, get_current_context, task

import command_task
from asset_tasks import announce
from policy import policy
from stage_task import actor


@task
def maintain() -> str:
    """What was removed last; the log states every part."""
    return command_task.run("maintain", f"--logs={conf.get('logging', 'base_log_folder')}")


@task
def rollback() -> str:
    """The publication that is live now."""
    context = get_current_context()
    pub_id = context["params"]["pub_id"]
    number = [] if pub_id is None else [str(pub_id)]
    return command_task.run("rollback", f"--actor={actor(context)}", *number)


@dag(schedule="@daily", doc_md=__doc__, **policy(task_hours=1, run_hours=4))
def recsys_maintenance() -> None:
    """One task."""
    maintain()


@dag(
    schedule=None,
    is_paused_upon_creation=False,
    doc_md=__doc__,
    **policy(task_hours=1, run_hours=4, retries=0),
    params={
        "pub_id": Param(
            None,
            type=["null", "integer"],
            minimum=1,
            title="Publication",
            description="Its number; empty: the one before the live one.",
        )
    },
)
def recsys_rollback() -> None:
    """Back, and the asset `recsys://publication` updated."""
    rollback() >> announce()


recsys_maintenance()
recsys_rollback()
