"""Where a recorded run comes from: a try of a task in Airflow, described without importing Airflow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote


@dataclass(frozen=True)
class Origin:
    """A try of a task of a DAG run.

    >>> origin = Origin("http://localhost:8080", "recsys_daily", "manual__1", "rank", 1, 2, date(2026, 1, 5))
    >>> origin.name
    'rank shard 1, try 2'
    >>> origin.url
    'http://localhost:8080/dags/recsys_daily/runs/manual__1/tasks/rank/mapped/1?try_number=2'
    """

    deployment: str
    """Base URL of the Airflow that ran it."""
    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    """Number of the mapped task, -1 for a task that is not mapped."""
    try_number: int
    as_of: date

    @property
    def work(self) -> str:
        """What was tried: the task, and which of its shards."""
        return f"{self.task_id} shard {self.map_index}" if self.map_index >= 0 else self.task_id

    @property
    def name(self) -> str:
        """Name of the run in MLflow."""
        return f"{self.work}, try {self.try_number}" if self.try_number > 1 else self.work

    @property
    def run_url(self) -> str:
        """Page of the DAG run in Airflow."""
        return f"{self.deployment.rstrip('/')}/dags/{self.dag_id}/runs/{quote(self.run_id)}"

    @property
    def url(self) -> str:
        """Page of the try in Airflow."""
        mapped = f"/mapped/{self.map_index}" if self.map_index >= 0 else ""
        return f"{self.run_url}/tasks/{self.task_id}{mapped}?try_number={self.try_number}"

    @property
    def run_tags(self) -> Mapping[str, str]:
        """Tags that every run of the same DAG run shares."""
        return {
            "airflow.deployment": self.deployment,
            "airflow.dag_id": self.dag_id,
            "airflow.run_id": self.run_id,
            "recsys.as_of": self.as_of.isoformat(),
        }

    @property
    def tags(self) -> Mapping[str, str]:
        """Tags of this very try."""
        return {
            **self.run_tags,
            "airflow.task_id": self.task_id,
            "airflow.map_index": str(self.map_index),
            "airflow.try_number": str(self.try_number),
            "airflow.url": self.url,
        }
