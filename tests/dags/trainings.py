"""Runs the training DAG through `dag.test()` in a process of its own; its stages run in this process, not as children.

Reads scenarios as JSON from the file named first, writes what became of each to the file named second.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.dag_processing.dagbag import BundleDagBag
from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.utils.session import create_session
from mlflow import MlflowClient

from recsys import child, stages
from recsys.artifacts import Manifest
from recsys.settings import load
from recsys.tracking import registry

DAGS = str(Path(__file__).parents[2] / "dags")


def here(name: str, overrides: Sequence[str], as_of: date, inputs: stages.Inputs, shard: int = 0) -> Manifest:
    return stages.run(name, load(overrides), as_of, inputs, shard)


def answering(answer: str) -> Callable[..., Any]:
    """What stands in for waiting for a person: their answer, or without one what Airflow takes after the time is up."""

    def execute(self: ApprovalOperator, context: Any) -> Any:
        chosen = [answer] if answer else self.defaults
        event = {"chosen_options": chosen, "responded_at": datetime.now(UTC), "responded_by_user": None}
        return self.execute_complete(context, {**event, "params_input": {}})

    return execute


def main(scenarios: Path, outcome: Path) -> None:
    bag = BundleDagBag(DAGS, bundle_path=Path(DAGS), bundle_name="dags-folder")
    assert not bag.import_errors, bag.import_errors
    child.run = here
    outcome.write_text(json.dumps({name: lived(bag, plan) for name, plan in json.loads(scenarios.read_text()).items()}))


def lived(bag: Any, plan: dict[str, Any]) -> dict[str, Any]:
    """What became of one run: its state, that of each task, who holds which alias after it, and the gate's decisions.

    A plan may have the champion `deposed` before, and say what a person `answers`.
    """
    import airflow_runs  # Airflow, once imported, finds plugins

    if plan.get("deposed"):
        MlflowClient(load().tracking.uri).delete_registered_model_alias(registry.NAME, registry.CHAMPION)
    waiting: Any = ApprovalOperator
    waiting.execute = answering(plan.get("answers", ""))
    dag = bag.dags[plan.get("dag", "recsys_train")]
    for task in dag.tasks:
        task.retry_delay = timedelta(0)
    run = dag.test(logical_date=None, run_conf=plan.get("conf", {}))
    with create_session() as session:
        states = {f"{ti.task_id}[{ti.map_index}]": str(ti.state) for ti in run.get_task_instances(session=session)}
    held = {alias: one.number for one in registry.versions(load()) for alias in one.aliases}
    decided = [one.challenger for one in airflow_runs.decisions() if one.url.endswith(f"/{run.run_id}")]
    return {"state": str(run.state), "states": states, "held": held, "decided": decided}


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
