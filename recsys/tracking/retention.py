"""Runs in MLflow do not stay for ever: old ones are deleted through its API, and removed for good some days later."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from recsys.settings import Settings
from recsys.tracking import trainings
from recsys.tracking.entries import redacted
from recsys.tracking.tracker import Tracker

if TYPE_CHECKING:
    from mlflow.entities import Run

log = logging.getLogger(__name__)

MS_OF_DAY = 86_400_000
KIND, AS_OF, PARENT = "recsys.kind", "recsys.as_of", "mlflow.parentRunId"
UNDO_DAYS = 7
"""Days within which a run that was deleted can be restored, with `mlflow runs restore`."""


def delete_old(settings: Settings, before: datetime, kept_days: Collection[date]) -> int:
    """Runs deleted that began before a time, each with its child runs.

    Runs of registered models stay, those of `kept_days`, those that are RUNNING, and those of others in the same
    experiments.
    """
    tracker, apart = Tracker(settings.tracking), Tracker(trainings.apart(settings).tracking)
    experiments = [tracker.experiment_id, apart.experiment_id]
    began = f"attributes.start_time < {int(before.timestamp() * 1000)}"
    old = {run.info.run_id: run for run in _runs(tracker, experiments, began)}
    registered = set(_registered(tracker))
    roots = {run.data.tags.get(PARENT, name) for name, run in old.items() if run.data.tags.get(KIND)}
    deleted = 0
    for root in sorted(root for root in roots if root not in old or not _stays(old[root], kept_days)):
        family = [run.info.run_id for run in _runs(tracker, experiments, f"tags.`{PARENT}` = '{root}'")]
        family += [root] if root in old else []  # else somebody deleted it, and its child runs are left
        for name in family if registered.isdisjoint(family) else ():
            tracker.client.delete_run(name)
            deleted += 1
    return deleted


def collect(database: str, server: str, undo_days: float = UNDO_DAYS) -> tuple[int, int]:
    """How many deleted runs of this product were removed for good, with their artifacts, and how many could not be.

    `database` is the connection string of MLflow's own database, a secret; `server` removes the artifacts. It does what
    `mlflow gc` does for each run, but leaves what others deleted, and goes on behind a run that cannot be removed.
    """
    import mlflow
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
    from mlflow.tracking import _get_store

    mlflow.set_tracking_uri(server)
    store, removed, failed = _get_store(database), 0, 0  # type: ignore[no-untyped-call]
    for run_id in store._get_deleted_runs(older_than=int(undo_days * MS_OF_DAY)):
        run = store.get_run(run_id)
        if KIND not in run.data.tags:
            continue
        try:
            get_artifact_repository(run.info.artifact_uri).delete_artifacts()  # type: ignore[no-untyped-call]
            store._hard_delete_run(run_id)
        except Exception as error:
            log.warning("MLflow: run %s cannot be removed (%s)", run_id, redacted(str(error))[:300])
            failed += 1
        else:
            removed += 1
    return removed, failed


def _stays(run: Run, kept_days: Collection[date]) -> bool:
    day = run.data.tags.get(AS_OF, "")
    return run.info.status == "RUNNING" or day in {kept.isoformat() for kept in kept_days}


def _runs(tracker: Tracker, experiments: list[str], query: str) -> Iterator[Run]:
    yield from _pages(lambda token: tracker.client.search_runs(experiments, query, page_token=token))


def _registered(tracker: Tracker) -> Iterator[str]:
    """Ids of the runs that any registered model is of."""
    for version in _pages(lambda token: tracker.client.search_model_versions(page_token=token)):
        yield str(version.run_id)


def _pages(search: Callable[[str | None], Any]) -> Iterator[Any]:
    """Everything that a search finds, page by page."""
    token = None
    while True:
        page = search(token)
        yield from page
        token = page.token
        if not token:
            return
