"""The runs of a day in MLflow: a parent that is the DAG run, and a child for every try of a stage.

A child is written after its stage has ended, whole and at once, by the task that ran the stage: people see stages as
they finish, and a task that is killed leaves nothing behind, because nothing was begun. The parent is RUNNING from the
first task of the DAG run to the last. What still stays RUNNING, because the machine or a recording died, is swept by
the next parent that opens or closes: it is KILLED unless Airflow reports that its DAG run lives. A retried or cleared
DAG run resumes its own parent.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from recsys.artifacts import Manifest
from recsys.errors import RecsysError
from recsys.settings import Settings
from recsys.stages import Inputs
from recsys.tracking import entries, pictures
from recsys.tracking.origin import Origin
from recsys.tracking.tracker import NOTE, Tracker, tracked

Lives = Callable[[str], bool]
"""Whether the DAG run with this run_id is queued or running."""
PARENT = {"recsys.kind": "dag run"}
CHILD = {"recsys.kind": "stage"}


@tracked
def open_run(tracker: Tracker, settings: Settings, origin: Origin, lives: Lives) -> str:
    """URL of the DAG run's parent run, now RUNNING; "" when nothing is tracked."""
    _sweep(tracker, origin, lives)
    parent = _parent(tracker, settings, origin)
    tracker.reopen(parent)
    return tracker.url(parent)


@tracked
def close_run(tracker: Tracker, settings: Settings, origin: Origin, lives: Lives, published: bool) -> str:
    """URL of the parent run, now FINISHED when the recommendations were published and FAILED when not."""
    _sweep(tracker, origin, lives)
    parent = _parent(tracker, settings, origin)
    tracker.end(parent, "FINISHED" if published else "FAILED")
    return tracker.url(parent)


@tracked
def record(
    tracker: Tracker, settings: Settings, origin: Origin, made: Manifest, inputs: Inputs, began: datetime
) -> str:
    """URL of the child run that records what a stage made; its facts, quality and pictures are also the parent's."""
    parent = _parent(tracker, settings, origin)
    child = _child(tracker, origin, parent, began)
    try:
        quality = entries.quality(made)
        tracker.log(
            child, {**entries.metrics(made), **quality}, entries.stage_params(settings, made.stage), entries.tags(made)
        )
        tracker.log(parent, {**quality, f"seconds/{origin.work}": made.seconds}, tags=entries.facts(made))
        if entries.DATASET in made.facts:
            tracker.log_dataset((parent, child), made.facts.get("source", "events"), made.facts[entries.DATASET])
        _attach_pictures(tracker, (parent, child), made, inputs)
    finally:
        tracker.end(child, "FINISHED")
    return tracker.url(child)


@tracked
def record_failure(tracker: Tracker, settings: Settings, origin: Origin, error: BaseException, began: datetime) -> str:
    """URL of the FAILED child run of a stage, with the kind of its error; a message may hold data and stays out."""
    child = _child(tracker, origin, _parent(tracker, settings, origin), began)
    try:
        what = error.what if isinstance(error, RecsysError) else "see the log of the task"
        tracker.log(
            child,
            params=entries.stage_params(settings, origin.task_id),
            tags={"recsys.error": type(error).__name__, "recsys.error_what": what},
        )
    finally:
        tracker.end(child, "FAILED")
    return tracker.url(child)


def _parent(tracker: Tracker, settings: Settings, origin: Origin) -> str:
    """Id of the DAG run's parent run, created with all settings when there is none."""
    found = tracker.find({**PARENT, **origin.run_tags})
    if found:
        return str(found[0].info.run_id)
    note = (
        f"Recommendations as of {origin.as_of}, made by [{origin.dag_id} / {origin.run_id}]({origin.run_url})."
        f" [Compare the days]({tracker.comparison()})"
    )
    tags = {**PARENT, **origin.run_tags, "airflow.url": origin.run_url, NOTE: note}
    parent = tracker.create(f"{origin.as_of} {origin.run_id}", datetime.now(UTC), tags)
    tracker.log(parent, params={"as_of": origin.as_of.isoformat(), **entries.params(settings)})
    return parent


def _child(tracker: Tracker, origin: Origin, parent: str, began: datetime) -> str:
    return tracker.create(origin.name, began, {**CHILD, **origin.tags}, parent)


def _sweep(tracker: Tracker, origin: Origin, lives: Lives) -> None:
    """Kills what is RUNNING though no process runs it: children of this DAG run, and all of DAG runs that are over.

    Called only while no stage of this DAG run is at work.
    """
    for run in tracker.find({"airflow.deployment": origin.deployment, "airflow.dag_id": origin.dag_id}, "RUNNING"):
        tags = run.data.tags
        ours = tags["airflow.run_id"] == origin.run_id
        dead = tags["recsys.kind"] == CHILD["recsys.kind"] if ours else not lives(tags["airflow.run_id"])
        if dead:
            tracker.end(run.info.run_id, "KILLED")


def _attach_pictures(tracker: Tracker, run_ids: tuple[str, ...], made: Manifest, inputs: Inputs) -> None:
    with tempfile.TemporaryDirectory(prefix="recsys-pictures-") as folder:
        if pictures.draw(made, inputs, Path(folder)):
            for run_id in run_ids:
                tracker.attach(run_id, Path(folder), "pictures")
