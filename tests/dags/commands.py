"""Runs the DAGs that are one command through `dag.test()`: reads a list of [dag, conf], writes states and XComs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from airflow.dag_processing.dagbag import BundleDagBag
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session
from sqlalchemy import select

DAGS = str(Path(__file__).parents[2] / "dags")


def main(plan: Path, outcome: Path) -> None:
    bag = BundleDagBag(DAGS, bundle_path=Path(DAGS), bundle_name="dags-folder")
    assert not bag.import_errors, bag.import_errors
    outcome.write_text(json.dumps([lived(bag.dags[name], conf) for name, conf in json.loads(plan.read_text())]))


def lived(dag: Any, conf: dict[str, Any]) -> list[str]:
    for task in dag.tasks:
        task.retries = 0
    run = dag.test(logical_date=None, run_conf=conf)
    with create_session() as session:
        found = session.execute(select(XComModel).where(XComModel.run_id == run.run_id)).scalars()
        told = [str(XComModel.deserialize_value(one)) for one in found if one.key == "return_value"]
    return [str(run.state), *told]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
