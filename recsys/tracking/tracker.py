"""An experiment of an MLflow server, with short timeouts: a server that is away costs seconds, never a run."""

from __future__ import annotations

import functools
import importlib
import logging
import math
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, Literal, ParamSpec
from urllib.parse import urlencode

from recsys.settings import Settings, TrackingSettings
from recsys.tracking.entries import accepted, redacted

if TYPE_CHECKING:
    from mlflow.entities import Run

log = logging.getLogger(__name__)
P = ParamSpec("P")
Status = Literal["FINISHED", "FAILED", "KILLED"]
METRICS_A_CALL = 900
NOTE = "mlflow.note.content"
"""Tag that MLflow shows as a text above a run or an experiment."""
PATIENCE = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "5",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}
"""Seconds and retries of one call; what the environment sets already is kept."""


def tracked(call: Callable[Concatenate[Tracker, Settings, P], str]) -> Callable[Concatenate[Settings, P], str]:
    """The call with a tracker put before its settings.

    It answers "" when the settings name no server, and, after a warning, when MLflow fails: recording never stops what
    is recorded.
    """

    @functools.wraps(call)
    def guarded(settings: Settings, /, *args: P.args, **kwargs: P.kwargs) -> str:
        if not settings.tracking.uri:
            return ""
        try:
            return call(Tracker(settings.tracking), settings, *args, **kwargs)
        except Exception as error:
            reason = redacted(str(error))[:300]
            log.warning("MLflow: %s went unrecorded (%s: %s)", call.__name__, type(error).__name__, reason)
            return ""

    return guarded


def prepare(settings: Settings) -> None:
    """Begins to load MLflow's client, beside what the caller does next: that takes seconds, and recording waits for it.

    Nothing is loaded where the settings name no server.
    """
    if settings.tracking.uri:
        threading.Thread(target=importlib.import_module, args=("mlflow",), daemon=True).start()


class Tracker:
    """The few calls that recording needs; `settings.uri` names a server."""

    def __init__(self, settings: TrackingSettings) -> None:
        for name, value in PATIENCE.items():
            os.environ.setdefault(name, value)
        from mlflow import MlflowClient

        self.uri = settings.uri.rstrip("/")
        self.pages = (settings.pages or settings.uri).rstrip("/")
        self.client = MlflowClient(tracking_uri=self.uri)
        self.experiment_id = self._experiment(settings.experiment)

    def _experiment(self, name: str) -> str:
        from mlflow.exceptions import MlflowException

        found = self.client.get_experiment_by_name(name)
        if found is None:
            try:
                made = str(self.client.create_experiment(name))
                self.client.set_experiment_tag(made, NOTE, f"[Compare the runs]({self.comparison(made)})")
                return made
            except MlflowException:
                found = self.client.get_experiment_by_name(name)
                if found is None:
                    raise
        return str(found.experiment_id)

    def url(self, run_id: str) -> str:
        """Page of a run."""
        return f"{self.pages}/#/experiments/{self.experiment_id}/runs/{run_id}"

    def comparison(self, experiment_id: str = "") -> str:
        """Page that draws the runs of an experiment side by side, newest first, without their stages."""
        query = {
            "searchFilter": "tags.`recsys.kind` != 'stage'",
            "orderByKey": "attributes.start_time",
            "orderByAsc": "false",
            "compareRunsMode": "CHART",
        }
        return f"{self.pages}/#/experiments/{experiment_id or self.experiment_id}/runs?{urlencode(query)}"

    def find(self, tags: Mapping[str, str], status: str = "") -> list[Run]:
        """Runs with all these tags, oldest first."""
        terms = [f"tags.`{name}` = '{value}'" for name, value in tags.items()]
        terms += [f"attributes.status = '{status}'"] if status else []
        return list(
            self.client.search_runs([self.experiment_id], " and ".join(terms), order_by=["attributes.start_time ASC"])
        )

    def create(self, name: str, began: datetime, tags: Mapping[str, str], parent: str = "") -> str:
        """Id of a new run, RUNNING, inside its parent."""
        nested = {"mlflow.parentRunId": parent} if parent else {}
        run = self.client.create_run(self.experiment_id, _milliseconds(began), {**tags, **nested}, name)
        return str(run.info.run_id)

    def log(
        self,
        run_id: str,
        metrics: Mapping[str, float] | None = None,
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Writes params, metrics and tags in one call, or few when there are very many metrics."""
        from mlflow.entities import Metric, Param, RunTag

        now = _milliseconds(datetime.now(UTC))
        numbers = [Metric(name, value, now, 0) for name, value in (metrics or {}).items()]
        texts = [Param(name, value) for name, value in (params or {}).items()]
        marks = [RunTag(name, value) for name, value in (tags or {}).items()]
        self.client.log_batch(run_id, numbers[: METRICS_A_CALL - len(texts)], texts, marks)
        for start in range(METRICS_A_CALL - len(texts), len(numbers), METRICS_A_CALL):
            self.client.log_batch(run_id, numbers[start : start + METRICS_A_CALL])

    def curves(self, run_id: str, points: Iterable[tuple[int, int, Mapping[str, float]]]) -> None:
        """Adds points to curves: each a step, its time in milliseconds, and values by name."""
        from mlflow.entities import Metric

        numbers = [
            Metric(accepted(name), float(value), instant, step)
            for step, instant, values in points
            for name, value in values.items()
            if math.isfinite(value) and name != "step"
        ]
        for start in range(0, len(numbers), METRICS_A_CALL):
            self.client.log_batch(run_id, numbers[start : start + METRICS_A_CALL])

    def steps(self, run_id: str, name: str) -> set[int]:
        """Steps at which a curve has points."""
        return {int(metric.step) for metric in self.client.get_metric_history(run_id, name)}

    @staticmethod
    def now() -> int:
        """The current time, in milliseconds since 1970."""
        return _milliseconds(datetime.now(UTC))

    def log_dataset(self, run_ids: Iterable[str], name: str, digest: str) -> None:
        """Writes which data the runs read."""
        from mlflow.entities import Dataset, DatasetInput

        dataset = Dataset(name=name, digest=digest[:36], source_type="recsys", source=name)
        for run_id in run_ids:
            self.client.log_inputs(run_id, [DatasetInput(dataset)])

    def attach(self, run_id: str, folder: Path, under: str) -> None:
        """Uploads the files of a folder."""
        self.client.log_artifacts(run_id, str(folder), under)

    def reopen(self, run_id: str) -> None:
        """Sets a run RUNNING again."""
        self.client.update_run(run_id, status="RUNNING")

    def end(self, run_id: str, status: Status) -> None:
        """Sets a run's last status, now."""
        self.client.set_terminated(run_id, status, _milliseconds(datetime.now(UTC)))


def _milliseconds(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)
