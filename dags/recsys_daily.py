"""# Recommendations of a day

Reads behaviour events and the catalogue up to a day, learns what every user is interested in, transfers interests from
similar users to users with sparse history, ranks, publishes to Postgres all at once or not at all, and beside that
measures what earlier lists were worth beside baselines.
Then it watches itself: `monitor` records drift, freshness and quality, and `drifted` asks for a training, if allowed.
`announce` updates the asset `recsys://publication`, for which DAGs of others may run, when another set became live.

A scheduled run, and each run of a backfill, makes the day that is its partition key. A run by hand makes the day of the
form, or today. Stages whose input, settings and code did not change are found, not run again. With `source.ready` it
first waits for the day's input. `begin` opens and `end` closes the run in MLflow, to which the link **MLflow run** of
every task leads. A run whose `monitor` fails is red, and what it published stays live. Give a backfill **max active
runs** 1: a day resumes from the day before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import recsys_alerts
from airflow.sdk import CronPartitionTimetable, XComArg, dag, task

from asset_tasks import announce, train_if
from policy import deadline, heavy, policy
from recsys.settings import load
from recsys.stages import STAGES
from stage_task import close_run, open_run, run
from trigger_form import form
from wait_task import wait_for_data


@task
def begin() -> list[int]:
    """Numbers of the shards into which sharded stages are cut; opens the run in MLflow."""
    return open_run()


@task(multiple_outputs=False)
def run_stage(name: str, inputs: Mapping[str, Any], shard: int = 0) -> dict[str, Any]:
    """The manifest of one stage, or of one shard of it."""
    return run(name, inputs, shard)


@task
def end() -> None:
    """Closes the run in MLflow, whatever became of the stages."""
    close_run()


@dag(
    schedule=CronPartitionTimetable("0 0 * * *", timezone="UTC", run_offset=-1, key_format="%Y-%m-%d"),
    params=form(),
    deadline=deadline(),
    doc_md=__doc__,
    **policy(task_hours=3, run_hours=24 + load().source.ready_hours),
)
def recsys_daily() -> None:
    """Every stage, after the stages it needs, between `begin` and `end`."""
    shards = begin()
    wait_for_data() >> shards
    made: dict[str, XComArg] = {}
    for name, stage in STAGES.items():
        place = heavy() if name == "features" else {}
        told = {"on_success_callback": recsys_alerts.over} if name == "monitor" else {}
        work = run_stage.override(task_id=name, **place, **told)
        inputs = {need: made[need] for need in stage.needs}
        partial = work.partial(name=name, inputs=inputs)
        made[name] = partial.expand(shard=shards) if stage.sharded else work(name=name, inputs=inputs)
    shards >> [made[name] for name, stage in STAGES.items() if not stage.needs]
    made["monitor"] >> end().as_teardown(setups=shards)  # type: ignore[arg-type]  # an XComArg is taken as well
    made["publish"] >> announce()
    train_if(made["monitor"])


recsys_daily()
