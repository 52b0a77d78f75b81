"""Runs the training DAG through `dag.test()` in a process of its own; its stages run in this process, not as children.

Reads scenarios as JSON from the file named first, writes what became of each to the file named second.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.dag_processing.dagbag import BundleDagBag
from airflow.jobs.job import Job
from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
from airflow.models import TaskInstance
from airflow.models.hitl import HITLDetail
from airflow.models.trigger import handle_event_submit
from airflow.triggers.base import TriggerEvent
from airflow.utils.session import create_session
from airflow.utils.state import TaskInstanceState
from mlflow import MlflowClient
from sqlalchemy import select

from recsys import child, results, stages
from recsys.artifacts import Manifest
from recsys.settings import load
from recsys.tracking import registry

DAGS = str(Path(__file__).parents[2] / "dags")


def here(name: str, overrides: Sequence[str], as_of: date, inputs: stages.Inputs, shard: int = 0) -> Manifest:
    return results.run(name, load(overrides), as_of, inputs, shard)


@contextmanager
def answering(answer: str) -> Iterator[None]:
    """Does meanwhile what the API server does with a person's answer, and the scheduler after the time is up."""
    over = threading.Event()
    meanwhile = threading.Thread(target=resume, args=(answer, over))
    meanwhile.start()
    try:
        yield
    finally:
        over.set()
        meanwhile.join()


def resume(answer: str, over: threading.Event) -> None:
    while not over.wait(0.2):
        with create_session() as session:
            SchedulerJobRunner(Job()).check_awaiting_input_timeouts(session=session)  # type: ignore[no-untyped-call]
            waiting = (
                select(HITLDetail).join(TaskInstance).where(TaskInstance.state == TaskInstanceState.AWAITING_INPUT)
            )
            for asked in session.scalars(waiting) if answer else ():
                asked.chosen_options, asked.responded_at = [answer], datetime.now(UTC)
                event = TriggerEvent(asked.as_resume_event_payload())  # type: ignore[no-untyped-call]
                handle_event_submit(event, task_instance=asked.task_instance, session=session)


def main(scenarios: Path, outcome: Path) -> None:
    bag = BundleDagBag(DAGS, bundle_path=Path(DAGS), bundle_name="dags-folder")
    assert not bag.import_errors, bag.import_errors
    child.run = here
    outcome.write_text(json.dumps({name: lived(bag, plan) for name, plan in json.loads(scenarios.read_text()).items()}))


def lived(bag: Any, plan: dict[str, Any]) -> dict[str, Any]:
    """What became of one run: its state, that of each task, who holds which alias after it, and the gate's decisions.

    A plan may have the champion `deposed` before, say what a person `answers`, and after how many `seconds` of silence
    they are asked again, and then no more.
    """
    import airflow_runs  # Airflow, once imported, finds plugins

    if plan.get("deposed"):
        MlflowClient(load().tracking.uri).delete_registered_model_alias(registry.NAME, registry.CHAMPION)
    dag, seconds = bag.dags[plan.get("dag", "recsys_train")], plan.get("seconds", 3600)
    for task in dag.tasks:
        task.retry_delay = timedelta(0)
        if task.task_id == "approve":
            task.response_timeout, task.last_hours = timedelta(seconds=seconds), seconds / 3600
    with answering(plan.get("answers", "")):
        run = dag.test(logical_date=None, run_conf=plan.get("conf", {}))
    with create_session() as session:
        asked = select(HITLDetail).join(TaskInstance).where(TaskInstance.run_id == run.run_id)
        assigned = [person["id"] for detail in session.scalars(asked) for person in detail.assigned_users]
        states = {f"{ti.task_id}[{ti.map_index}]": str(ti.state) for ti in run.get_task_instances(session=session)}
    held = {alias: one.number for one in registry.versions(load()) for alias in one.aliases}
    decided = [one.challenger for one in airflow_runs.decisions() if one.url.endswith(f"/{run.run_id}")]
    notes = Path(os.environ["NOTES"])
    told = notes.read_text().splitlines() if notes.exists() else []
    notes.unlink(missing_ok=True)
    return {
        "run_id": run.run_id,
        "state": str(run.state),
        "states": states,
        "held": held,
        "decided": decided,
        "assigned": assigned,
        "notes": told,
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
