"""Airflow as seen through its REST API: a run is triggered, watched, and its results and logs are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from recsys.errors import TransientError

FINISHED = ("success", "failed", "upstream_failed", "skipped", "removed")


@dataclass(frozen=True)
class TaskState:
    """A task instance as it is now."""

    task: str
    shard: int
    """Number of the mapped instance; -1 for a task that is not mapped."""
    state: str
    """Airflow's word; empty while nothing has happened."""
    attempt: int
    seconds: float

    @property
    def name(self) -> str:
        """Task and shard, as people write them.

        >>> TaskState("rank", 1, "running", 1, 0.0).name
        'rank[1]'
        """
        return self.task if self.shard < 0 else f"{self.task}[{self.shard}]"


class Airflow:
    """A client that logs in when it has to."""

    def __init__(self, url: str, user: str, password: str, network: httpx.BaseTransport | None = None) -> None:
        self._login = {"username": user, "password": password}
        self._client = httpx.Client(base_url=url, timeout=30, trust_env=False, transport=network)

    def dag(self, dag: str) -> dict[str, Any] | None:
        """What Airflow knows about a DAG; None while it has not read its file."""
        answer = self._send("GET", f"/dags/{dag}")
        return None if answer.status_code == 404 else self._json(answer)

    def import_errors(self) -> list[str]:
        """Last lines of the errors in DAG files."""
        found = self._json(self._send("GET", "/importErrors"))["import_errors"]
        return [f"{error['filename']}: {error['stack_trace'].strip().splitlines()[-1]}" for error in found]

    def unpause(self, dag: str) -> None:
        """Lets the DAG run."""
        self._json(self._send("PATCH", f"/dags/{dag}", json={"is_paused": False}))

    def trigger(self, dag: str, conf: dict[str, Any], run_after: str) -> str:
        """Id of a new run; an earlier `run_after` (ISO time) comes first where runs wait for each other."""
        body = {"logical_date": None, "run_after": run_after, "conf": conf}
        return str(self._json(self._send("POST", f"/dags/{dag}/dagRuns", json=body))["dag_run_id"])

    def run_state(self, dag: str, run: str) -> str:
        """`queued`, `running`, `success` or `failed`."""
        return str(self._json(self._send("GET", f"/dags/{dag}/dagRuns/{run}"))["state"])

    def tasks(self, dag: str, run: str) -> list[TaskState]:
        """Every task instance of a run, in the order in which they were started."""
        found = self._json(self._send("GET", f"/dags/{dag}/dagRuns/{run}/taskInstances", params={"limit": 1000}))
        tasks = [(task["start_date"] or "~", _task_state(task)) for task in found["task_instances"]]
        return [task for _, task in sorted(tasks, key=lambda pair: (pair[0], pair[1].task, pair[1].shard))]

    def returned(self, dag: str, run: str, task: TaskState) -> Any:
        """What the task returned; None for nothing."""
        path = f"/dags/{dag}/dagRuns/{run}/taskInstances/{task.task}/xcomEntries/return_value"
        answer = self._send("GET", path, params={"map_index": task.shard})
        return None if answer.status_code == 404 else self._json(answer)["value"]

    def log(self, dag: str, run: str, task: TaskState, lines: int = 20) -> list[str]:
        """Last lines of what the task's latest try printed."""
        path = f"/dags/{dag}/dagRuns/{run}/taskInstances/{task.task}/logs/{task.attempt}"
        content = self._json(self._send("GET", path, params={"map_index": task.shard, "full_content": True}))["content"]
        return [line for entry in content for line in _log_lines(entry)][-lines:]

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            answer = self._client.request(method, f"/api/v2{path}", **request)
            if answer.status_code == 401:
                token = self._json(self._client.post("/auth/token", json=self._login))["access_token"]
                self._client.headers["Authorization"] = f"Bearer {token}"
                answer = self._client.request(method, f"/api/v2{path}", **request)
        except httpx.TransportError as error:
            raise TransientError(
                "airflow does not answer",
                where=str(self._client.base_url),
                seen=str(error),
                remedy="`recsys up` starts what is missing",
            ) from None
        return answer

    def _json(self, answer: httpx.Response) -> Any:
        if not answer.is_success:
            raise TransientError(
                "airflow refused a request",
                where=f"{answer.request.method} {answer.url.path}",
                seen=f"{answer.status_code}: {answer.text[:500]}",
            )
        return answer.json()


def _task_state(task: dict[str, Any]) -> TaskState:
    return TaskState(
        task["task_id"], task["map_index"], task["state"] or "", task["try_number"], task["duration"] or 0.0
    )


def _log_lines(entry: Any) -> list[str]:
    """An entry of a log as a person reads it, with the words of an exception; marks that fold the page are dropped."""
    if not isinstance(entry, dict):
        return [str(entry)]
    event = [] if entry["event"].startswith("::") else [entry["event"]]
    raised = [f"{error['exc_type']}: {error['exc_value']}" for error in entry.get("error_detail") or ()]
    return [line for text in event + raised for line in text.splitlines()]
