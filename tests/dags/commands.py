"""Runs the DAGs that are one command through `dag.test()`: reads a list of [dag, conf], writes states and XComs.

Then come the runs that the scheduler makes of the DAG in the folder named third, which follows what became live.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from airflow.dag_processing.dagbag import BundleDagBag, sync_bag_to_db
from airflow.jobs.job import Job
from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
from airflow.models import DagModel, DagRun
from airflow.models.dagbundle import DagBundleModel
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session
from sqlalchemy import select, update

DAGS = str(Path(__file__).parents[2] / "dags")
FOLLOWERS = "followers"


def main(plan: Path, outcome: Path, followers: Path) -> None:
    bag = BundleDagBag(DAGS, bundle_path=Path(DAGS), bundle_name="dags-folder")
    assert not bag.import_errors, bag.import_errors
    follow(followers)
    runs = [lived(bag.dags[name], conf) for name, conf in json.loads(plan.read_text())]
    outcome.write_text(json.dumps([*runs, followed()]))


def follow(folder: Path) -> None:
    """Makes the DAG of the folder known, beside those of the product, and unpauses it."""
    with create_session() as session:
        session.add(DagBundleModel(name=FOLLOWERS))
        session.commit()
        bag = BundleDagBag(str(folder), bundle_path=folder, bundle_name=FOLLOWERS)
        assert not bag.import_errors, bag.import_errors
        sync_bag_to_db(bag, FOLLOWERS, None, session=session)
        session.execute(update(DagModel).where(DagModel.bundle_name == FOLLOWERS).values(is_paused=False))


def followed() -> list[Any]:
    """Partition key of each run of the follower, and what the update held for which the scheduler makes it."""
    with create_session() as session:
        SchedulerJobRunner(Job())._create_dagruns_for_partitioned_asset_dags(session)  # type: ignore[no-untyped-call]
        runs = session.scalars(
            select(DagRun).join(DagModel, DagModel.dag_id == DagRun.dag_id).where(DagModel.bundle_name == FOLLOWERS)
        )
        return [[run.partition_key, [event.extra for event in run.consumed_asset_events]] for run in runs]


def lived(dag: Any, conf: dict[str, Any]) -> list[str]:
    for task in dag.tasks:
        task.retries = 0
    run = dag.test(logical_date=None, run_conf=conf)
    with create_session() as session:
        found = session.execute(
            select(XComModel).where(XComModel.run_id == run.run_id, XComModel.task_id != "announce")
        ).scalars()
        told = [str(XComModel.deserialize_value(one)) for one in found if one.key == "return_value"]
    return [str(run.state), *told]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
