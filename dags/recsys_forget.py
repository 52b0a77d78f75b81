"""# Forget a user

Removes a user from the files of the store and from Postgres, marks the models that were trained with them, leaves them
out of every later run, and writes a proof, whose path the task returns. Run `recsys_daily` afterwards: until then
`recsys_refresh` refuses models that were trained with the user. The id stays in the configuration of this very run:
delete the run here when the proof is kept. What the source holds is its owner's to remove.
"""

from __future__ import annotations

from airflow.sdk import Param, dag, get_current_context, task

import command_task
from policy import policy


@task
def forget() -> str:
    """What was removed, and the path of the proof."""
    return command_task.run("forget", "--", str(get_current_context()["params"]["user_id"]))


@dag(
    schedule=None,
    is_paused_upon_creation=False,
    params={"user_id": Param(type="string", minLength=1, title="User", description="The id, as the source has it.")},
    doc_md=__doc__,
    **policy(task_hours=3, run_hours=9),
)
def recsys_forget() -> None:
    """One task."""
    forget()


recsys_forget()
