"""Days of Airflow, as rows of its own models: every five minutes a refresh, once a day the daily DAG."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from airflow.models import Log, RenderedTaskInstanceFields, TaskInstance
from airflow.models.asset import AssetEvent
from airflow.models.dagrun import DagRun
from airflow.models.xcom import XComModel
from airflow.utils.state import DagRunState, TaskInstanceState
from airflow.utils.types import DagRunType
from sqlalchemy import Connection

Row = dict[str, Any]
REFRESHES = 288
STAGES = tuple(f"stage_{number}" for number in range(15))


def write(db: Connection, day: datetime, number: int, once: str = "") -> None:
    """Writes all runs of a day, the rows that hang on them and those of the log; `once` is a further scheduled DAG."""
    runs = [_run(day, number * 1000, "recsys_daily"), *_refreshes(day, number * 1000 + 1)]
    runs += [_run(day, number * 1000 + 999, once)] if once else []
    tasks = [_task(run, task) for run in runs for task in (STAGES if run["dag_id"] == "recsys_daily" else ("task",))]
    ids = {run["run_id"]: run["id"] for run in runs}
    named = [{name: task[name] for name in ("dag_id", "task_id", "run_id", "map_index")} for task in tasks]
    for model, rows in {
        DagRun: runs,
        TaskInstance: tasks,
        XComModel: [
            {**task, "dag_run_id": ids[task["run_id"]], "key": "return_value", "value": json.dumps("x" * 200)}
            | {"timestamp": day}
            for task in named
        ],
        RenderedTaskInstanceFields: [{**task, "rendered_fields": {"arguments": "x" * 200}} for task in named],
        Log: [{**task, "dttm": day, "event": event} for task in named for event in ("running", "success")],
        AssetEvent: [{"asset_id": 1, "timestamp": day, "source_dag_id": "recsys_daily", "extra": {}}],
    }.items():
        db.execute(model.__table__.insert(), rows)  # type: ignore[attr-defined]


def _refreshes(day: datetime, first: int) -> Iterator[Row]:
    for number in range(REFRESHES):
        yield _run(day + timedelta(minutes=5 * number), first + number, "recsys_refresh")


def _run(began: datetime, number: int, dag: str) -> Row:
    return {
        "id": number,
        "dag_id": dag,
        "run_id": f"scheduled__{dag}__{began.isoformat()}",
        "run_type": DagRunType.SCHEDULED,
        "run_after": began,
        "start_date": began,
        "end_date": began + timedelta(minutes=1),
        "state": DagRunState.SUCCESS,
    }


def _task(run: Row, task: str) -> Row:
    shared = {name: run[name] for name in ("dag_id", "run_id", "start_date", "end_date")}
    return {
        **shared,
        "id": uuid.uuid4(),
        "task_id": task,
        "map_index": -1,
        "state": TaskInstanceState.SUCCESS,
        "try_number": 1,
        "max_tries": 2,
        "pool": "default_pool",
        "pool_slots": 1,
    }
