"""# Experiments

Once a day: looks at the experiment that runs, if any, and records what is seen. Where it has steps, its challenger
grows to the next step, is withdrawn when it is surely worse, and is promoted when it is surely better at the last step.
Triggered by hand, it starts an experiment, changes its shares or ends it: as `recsys experiment` does. The intervals
hold at every look, so that looking daily, or more often, is no error.
"""

from __future__ import annotations

from airflow.sdk import dag, get_current_context, task

import command_task
from asset_tasks import announce
from experiment_form import arguments, form
from policy import policy
from stage_task import actor


@task
def experiment() -> str:
    """What was decided."""
    context = get_current_context()
    return command_task.run("experiment", *arguments(context["params"], actor(context)))


@dag(schedule="@daily", params=form(), doc_md=__doc__, **policy(task_hours=1, run_hours=4, retries=1))
def recsys_experiment() -> None:
    """The command, and the asset `recsys://publication` updated where it promoted an arm."""
    experiment() >> announce()


recsys_experiment()
