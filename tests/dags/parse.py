"""Parses every DAG file in a process of its own, forked as Airflow's DAG processor does, and describes what it found.

Writes to the file named first, by DAG file: seconds of CPU, heavy modules it loaded, and its DAGs.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import time
from pathlib import Path
from typing import Any

import airflow.providers.standard.operators.hitl
from airflow.dag_processing.dagbag import BundleDagBag

DAGS = Path(__file__).parents[2] / "dags"
HEAVY = (
    "torch",
    "transformers",
    "pandas",
    "pyarrow",
    "mlflow",
    "psycopg2",
    "sklearn",
    "scipy",
    "lightgbm",
    "matplotlib",
    "statsd",
)


def main(outcome: Path) -> None:
    before = set(sys.modules)
    with multiprocessing.get_context("fork").Pool(1, maxtasksperchild=1) as pool:
        found = pool.starmap(parsed, [(str(file), before) for file in sorted(DAGS.glob("recsys_*.py"))], chunksize=1)
    outcome.write_text(json.dumps(dict(found)))


def parsed(file: str, before: set[str]) -> tuple[str, dict[str, Any]]:
    began = time.process_time()
    bag = BundleDagBag(file, bundle_path=DAGS, bundle_name="dags-folder")
    seconds = time.process_time() - began
    assert not bag.import_errors, bag.import_errors
    heavy = [name for name in HEAVY if name in set(sys.modules) - before]
    return Path(file).name, {
        "seconds": seconds,
        "heavy": heavy,
        "dags": {dag.dag_id: described(dag) for dag in bag.dags.values()},
    }


def described(dag: Any) -> dict[str, Any]:
    return {
        "doc": dag.doc_md,
        "tags": sorted(dag.tags),
        "max_active_runs": dag.max_active_runs,
        "catchup": dag.catchup,
        "starts": dag.start_date and dag.start_date.isoformat(),
        "timeout": dag.dagrun_timeout.total_seconds(),
        "on_failure": [one.__qualname__ for one in [dag.on_failure_callback] if one],
        "deadline": [str(one.interval) for one in dag.deadline or ()],
        "params": {
            name: {"title": param.schema.get("title"), "help": param.description, "schema": param.schema}
            for name, param in ((name, dag.params.get_param(name)) for name in dag.params)
        },
        "tasks": {
            task.task_id: {
                "kind": task.task_type,
                "owner": task.owner,
                "retries": task.retries,
                "pool": task.pool,
                "by_kind": task.retry_policy is not None,
                "timeout": task.execution_timeout.total_seconds(),
                "after": sorted(task.upstream_task_ids),
                "outlets": [one.uri for one in task.outlets],
            }
            for task in dag.tasks
        },
    }


if __name__ == "__main__":
    assert airflow.providers.standard.operators.hitl
    main(Path(sys.argv[1]))
