"""# Recommendations of a day

Reads behaviour events and the catalogue up to a day, learns what every user is interested in, lends thinly known users
what others vouch for, ranks, measures itself against baselines, and publishes to Postgres all at once or not at all.

A scheduled run, and each run of a backfill, makes the day that is its partition key. A run by hand makes the day of the
form, or today. Stages whose input, settings and code did not change are found, not run again. `begin` opens and `end`
closes the run in MLflow, to which the link **MLflow run** of every task leads.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import CronPartitionTimetable, XComArg, dag, task
from recsys.stages import STAGES

from stage_task import BY_KIND, close_run, form, heavy, open_run, run


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
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    params=form(),
    doc_md=__doc__,
    tags=["recsys"],
    default_args={
        "retries": 2,
        "retry_delay": timedelta(seconds=10),
        "retry_policy": BY_KIND,
        "execution_timeout": timedelta(hours=3),
    },
)
def recsys_daily() -> None:
    """Every stage, after the stages it needs, between `begin` and `end`."""
    shards = begin()
    made: dict[str, XComArg] = {}
    for name, stage in STAGES.items():
        place = heavy() if name == "features" else {}
        work, inputs = run_stage.override(task_id=name, **place), {need: made[need] for need in stage.needs}
        partial = work.partial(name=name, inputs=inputs)
        made[name] = partial.expand(shard=shards) if stage.sharded else work(name=name, inputs=inputs)
    shards >> made["ingest"]
    made["publish"] >> end().as_teardown(setups=shards)  # type: ignore[arg-type]  # an XComArg is taken as well


recsys_daily()
