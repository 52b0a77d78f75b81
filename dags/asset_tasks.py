"""Tasks that update assets, for which other DAGs run: what is live, and drift over its bound.

The partition key of every update is the day, in a scheduled run as in a run by hand. An update with a key starts only
DAGs that follow partitions, an update without a key only other DAGs, and every update of a scheduled run has a key.
"""

from __future__ import annotations

from typing import Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import Asset, Variable, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from stage_task import asked_to_train, live

PUBLICATION, DRIFT = Asset("recsys://publication"), Asset("recsys://drift")
ANNOUNCED = "recsys_announced_publication"
"""Variable of Airflow with the number of the publication that was announced last."""


@task(outlets=[PUBLICATION])
def announce() -> dict[str, Any]:
    """Updates the asset with what is live; skipped where that was announced last.

    That is noted as a variable: Airflow 3.3 cannot read an update for which another DAG has a run that is queued.
    """
    now = live()
    if now is None or Variable.get(ANNOUNCED, default="") == str(now["publication"]):
        raise AirflowSkipException(f"nothing else became live: {now}")
    update(PUBLICATION, now)
    Variable.set(ANNOUNCED, str(now["publication"]))
    return now


@task(outlets=[DRIFT])
def drifted(watched: Any) -> str:
    """The metrics that drifted, with which the asset is updated; skipped where no training is asked for."""
    made = asked_to_train(watched)
    update(DRIFT, {"as_of": made.as_of, "over": made.facts["over"]})
    return made.facts["over"]


def train_if(watched: Any) -> None:
    """`drifted`, after which `recsys_train` learns from what was known that day: once for a day."""
    as_of = "{{ ti.xcom_pull(task_ids='monitor')['as_of'] }}"
    drifted(watched) >> TriggerDagRunOperator(
        task_id="train",
        trigger_dag_id="recsys_train",
        trigger_run_id=f"drift_{as_of}",
        conf={"as_of": as_of},
        skip_when_already_exists=True,
    )


def update(asset: Asset, extra: dict[str, Any]) -> None:
    """Has the running task update the asset for the day of `extra` when it ends well."""
    event = get_current_context()["outlet_events"][asset]
    event.extra.update(extra)
    event.add_partitions(extra["as_of"])
