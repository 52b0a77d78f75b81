"""Runs in MLflow do not stay for ever: old ones are deleted through its API, and their rows and artifacts by `gc`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import redirect_stdout
from datetime import date, datetime
from io import StringIO
from typing import TYPE_CHECKING, Any

from recsys.settings import Settings
from recsys.tracking import trainings
from recsys.tracking.tracker import Tracker

if TYPE_CHECKING:
    from mlflow.entities import Run

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


def collect(database: str, server: str, undo_days: float = UNDO_DAYS) -> int:
    """Deleted runs whose rows and artifacts were removed, by `mlflow gc`; `server` removes the artifacts.

    `database` is the connection string of MLflow's own database: a secret, which therefore is in no command line.
    """
    from mlflow.cli import gc

    options = {"backend_store_uri": database, "tracking_uri": server, "older_than": f"{undo_days:g}d"}
    with redirect_stdout(StringIO()) as lines:
        gc.main([], standalone_mode=False, default_map=options)
    return lines.getvalue().count("Run with ID")


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
