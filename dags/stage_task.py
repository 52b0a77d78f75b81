"""What the tasks of the daily DAG do: learn day and settings from Airflow, run a stage as a child, have it recorded."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowSkipException

from recsys import child
from recsys.artifacts import Manifest
from recsys.errors import SettingsError
from recsys.settings import load
from recsys.tracking import champion, runs, tracker
from recsys.tracking.origin import Origin
from trigger_form import overrides

Context = Mapping[str, Any]
LANGUAGE_MODEL = "language_model"
"""XCom in which `begin` leaves the language model that all of a run reads with."""
MLFLOW_RUN = "mlflow_run"
"""XCom in which a task leaves the URL of its run in MLflow."""


def as_of(context: Context) -> date:
    """Day of a run: its partition key, else the day of the form, else the day (UTC) on which it was to start.

    Raises `SettingsError` for a key that is not a day.
    """
    named = context.get("partition_key") or context["params"].get("as_of")
    if not named:
        return context["dag_run"].run_after.astimezone(UTC).date()  # type: ignore[no-any-return]
    try:
        return date.fromisoformat(named)
    except ValueError:
        raise SettingsError(
            "the run is for no day",
            where="partition key or as_of",
            seen=str(named),
            expected="YYYY-MM-DD",
            remedy="trigger it again with such a day",
        ) from None


def actor(context: Context) -> str:
    """Who asked for a run: a person's name, else how it came about, such as `scheduled`; and the DAG."""
    run = context["dag_run"]
    return f"{run.triggering_user_name or run.run_type.value} ({run.dag_id})"


def open_run() -> list[int]:
    """Shard numbers; the parent run in MLflow is open."""
    context = get_current_context()
    settings = load(overrides(context["params"]))
    _link(context, runs.open_run(settings, _origin(context), _lives(context)))
    context["ti"].xcom_push(LANGUAGE_MODEL, champion.pinned(settings))
    return list(range(settings.runtime.shards))


def run(name: str, inputs: Mapping[str, Any], shard: int) -> dict[str, Any]:
    """The stage's manifest as JSON types. Its fact `tracked` is the run in MLflow, or `no`."""
    began, context = datetime.now(UTC), get_current_context()
    options = [*overrides(context["params"]), *_pinned(context), f"database.actor={json.dumps(actor(context))}"]
    day, origin = as_of(context), _origin(context)
    given = {stage: manifests(made) for stage, made in inputs.items()}
    tracker.prepare(load(options))
    try:
        made = child.run(name, options, day, given, shard)
    except BaseException as error:
        _link(context, runs.record_failure(load(options), origin, error, began))
        raise
    context["ti"].task.ran = (load(options).source, given, made)  # for `recsys_lineage`, in this process
    url = _link(context, runs.record(load(options), origin, made, given, began))
    return dataclasses.replace(made, facts={**made.facts, "tracked": url or "no"}).to_dict()


def _pinned(context: Context) -> list[str]:
    """The language model that `begin` pinned for the whole run, as an override."""
    model = context["ti"].xcom_pull(task_ids="begin", key=LANGUAGE_MODEL)
    return [f"language.model={json.dumps(model)}"] if model else []


def close_run() -> None:
    """The parent run in MLflow is closed: FINISHED when the day was published, else FAILED."""
    context = get_current_context()
    ti = context["ti"]
    states = ti.get_task_states(ti.dag_id, task_ids=["publish"], run_ids=[ti.run_id])
    published = states.get(ti.run_id, {}).get("publish") == "success"
    settings = load(overrides(context["params"]))
    _link(context, runs.close_run(settings, _origin(context), _lives(context), published))


def asked_to_train(watched: Mapping[str, Any]) -> Manifest:
    """What `monitor` made of a day that asks for a training. Skips the task, which updates no asset then, if not."""
    (made,) = manifests(watched)
    if made.facts["train"] != "yes":
        raise AirflowSkipException(made.facts["train"])
    return made


def live() -> dict[str, Any] | None:
    """The publication that is live, its day and how many users have a list; None before the first."""
    from recsys.publish import connection, pointer

    now = pointer.current(connection.database_url())
    return None if now is None else {"publication": now.pub_id, "as_of": now.as_of.isoformat(), "users": now.users}


def manifests(made: Any) -> tuple[Manifest, ...]:
    """Manifests from what a task returned: a dict, or a sequence of them when it is mapped."""
    return tuple(Manifest.from_dict(one) for one in ([made] if isinstance(made, Mapping) else made))


def _origin(context: Context) -> Origin:
    """The try that is running, for tracking."""
    ti = context["ti"]
    deployment = ti.log_url.split("/dags/")[0]
    mapped = -1 if ti.map_index is None else ti.map_index
    return Origin(deployment, ti.dag_id, ti.run_id, ti.task_id, mapped, ti.try_number, as_of(context))


def _lives(context: Context) -> Callable[[str], bool]:
    """Whether a run of this DAG is still queued or running, by its run_id."""
    ti = context["ti"]
    return lambda run_id: ti.get_dr_count(ti.dag_id, run_ids=[run_id], states=["queued", "running"]) > 0


def _link(context: Context, url: str) -> str:
    """The URL, left behind for the link of the task."""
    if url:
        context["ti"].xcom_push(MLFLOW_RUN, url)
    return url
