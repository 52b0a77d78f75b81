"""What Airflow's own tables record: runs and their stages, the gate's verdicts, and roll backs asked for in a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow.api.common.trigger_dag import trigger_dag
from airflow.models import DagModel, DagRun, TaskInstance
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session
from airflow.utils.types import DagRunTriggeredByType, DagRunType
from sqlalchemy import select

from recsys.artifacts import Manifest
from recsys.errors import SettingsError
from recsys.pages.run import Task
from recsys.pages.screens import DagRun as Shown
from recsys.pages.screens import Decision, Rollback
from recsys_pages import place

ROLLBACK, TRAIN = "recsys_rollback", "recsys_train"
MANIFEST, MLFLOW = "return_value", "mlflow_run"
"""XComs that hold a stage's manifest, and the address of its run in MLflow."""


def run_page(dag_id: str, run_id: str) -> str:
    """Address of a run in Airflow's page."""
    return f"{place()}/dags/{dag_id}/runs/{run_id}"


def dag_run(dag_id: str, run_id: str) -> Shown | None:
    """A run with what its stages made; None where there is no such run."""
    with create_session() as session:
        run = session.scalar(select(DagRun).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id))
        if run is None:
            return None
        xcoms = _xcoms(session, dag_id, run_id)
        tasks = session.scalars(
            select(TaskInstance).where(TaskInstance.dag_id == dag_id, TaskInstance.run_id == run_id)
        )
        shown = [_task(task, xcoms.get((task.task_id, task.map_index), {})) for task in tasks]
        parent = xcoms.get(("begin", -1), {}).get(MLFLOW, "")
        return Shown(run_id, str(run.state), run.triggering_user_name or DagRunType(run.run_type).value, parent, shown)


def decisions(most: int = 10) -> list[Decision]:
    """The gate's latest verdicts, newest first."""
    with create_session() as session:
        found = session.scalars(
            select(XComModel)
            .where(XComModel.dag_id == TRAIN, XComModel.task_id == "gate", XComModel.key == MANIFEST)
            .order_by(XComModel.timestamp.desc())
            .limit(most)
        )
        return [_decision(entry) for entry in found]


def start_rollback(pub_id: int, user: str) -> str:
    """Id of a new run that makes a publication live again.

    Raises `SettingsError` where its DAG is not there or paused.
    """
    with create_session() as session:
        known = session.get(DagModel, ROLLBACK)
        if known is None or known.is_paused:
            raise SettingsError(
                "nothing can be rolled back here",
                where=ROLLBACK,
                seen="paused" if known else "not there",
                remedy="unpause this DAG",
            )
    run = trigger_dag(
        ROLLBACK, triggered_by=DagRunTriggeredByType.UI, triggering_user_name=user, conf={"pub_id": pub_id}
    )
    assert run is not None, "trigger_dag raises for a DAG that is not there"
    return str(run.run_id)


def rollback(run_id: str) -> Rollback | None:
    """What became of a roll back that was asked for; None where there is no such run."""
    with create_session() as session:
        run = session.scalar(select(DagRun).where(DagRun.dag_id == ROLLBACK, DagRun.run_id == run_id))
        return (
            None
            if run is None
            else Rollback((run.conf or {}).get("pub_id"), str(run.state), run_page(ROLLBACK, run_id))
        )


def _xcoms(session: Any, dag_id: str, run_id: str) -> dict[tuple[str, int], dict[str, Any]]:
    """What the tasks left behind, by task and shard, then by key."""
    found = session.scalars(
        select(XComModel).where(
            XComModel.dag_id == dag_id, XComModel.run_id == run_id, XComModel.key.in_([MANIFEST, MLFLOW])
        )
    )
    made: dict[tuple[str, int], dict[str, Any]] = {}
    for entry in found:
        made.setdefault((entry.task_id, entry.map_index), {})[entry.key] = XComModel.deserialize_value(entry)
    return made


def _task(task: TaskInstance, xcoms: Mapping[str, Any]) -> Task:
    returned = xcoms.get(MANIFEST)
    manifest = Manifest.from_dict(returned) if isinstance(returned, Mapping) and "fingerprint" in returned else None
    return Task(
        task.task_id,
        task.map_index,
        str(task.state or ""),
        task.try_number,
        task.start_date,
        manifest,
        xcoms.get(MLFLOW, ""),
    )


def _decision(entry: XComModel) -> Decision:
    verdict = XComModel.deserialize_value(entry)
    gain = "gain {gain:+.4f} [{low:+.4f}, {high:+.4f}]".format(**verdict)
    return Decision(
        entry.timestamp,
        str(verdict.get("number", entry.run_id)),
        bool(verdict["passed"]),
        "; ".join([gain, *verdict.get("reasons", ())]),
        run_page(TRAIN, entry.run_id),
    )
