"""python -m benchmarks.operation [runs] [--docs]: what Airflow adds to a day of MovieLens, on its own installation.

Seconds from the trigger to the first task; and of a whole run the share that is no stage's own work, along the critical
path: the chain of tasks that each ended last before the next could begin.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import httpx

from benchmarks import figures
from recsys.standalone import installation, services
from recsys.standalone.airflow_api import Airflow
from recsys.standalone.follow import await_dag

DAG = "recsys_daily"
LAST_DAY = date(2016, 10, 16)
AGAIN = 5
"""Triggers of a day that is done: each finds all results, so they measure Airflow alone."""


@dataclass(frozen=True)
class Work:
    """One task instance of a run; times in seconds since 1970."""

    name: str
    started: float
    ended: float
    own: float = 0.0
    """Seconds that the stage itself took; 0 for a task that is no stage, or that found its result."""


@dataclass(frozen=True)
class Cost:
    """Where the seconds of a run went."""

    first_task: float
    """Seconds from the request of the run to its first task."""
    wall: float
    """From the start of the run to its end."""
    waits: float
    """Before and between the tasks of the critical path, and after them."""
    around: float
    """Within these tasks, but not in their stages: processes start, programs load, MLflow logs."""

    @property
    def share(self) -> float:
        """Share of the run that is no stage's own work."""
        return (self.waits + self.around) / self.wall


def critical_path(works: Collection[Work], needs: Mapping[str, Collection[str]]) -> list[Work]:
    """The chain that decided when the run ended, first to last; of mapped instances, the last to end.

    >>> works = [Work("a", 0, 2), Work("b", 2, 3), Work("c", 2, 7), Work("d", 7, 8)]
    >>> [work.name for work in critical_path(works, {"b": ["a"], "c": ["a"], "d": ["b", "c"]})]
    ['a', 'c', 'd']
    """
    last: dict[str, Work] = {}
    for work in works:
        if work.name not in last or work.ended > last[work.name].ended:
            last[work.name] = work
    path = [max(last.values(), key=lambda work: work.ended)]
    while before := [last[need] for need in needs.get(path[0].name, ()) if need in last]:
        path.insert(0, max(before, key=lambda work: work.ended))
    return path


def cost(asked: float, started: float, ended: float, path: Sequence[Work]) -> Cost:
    """Where the seconds of a run went, from its times and its critical path."""
    inside = sum(work.ended - work.started for work in path)
    own = sum(min(work.own, work.ended - work.started) for work in path)
    return Cost(path[0].started - asked, ended - started, (ended - started) - inside, inside - own)


def table(costs: Sequence[Cost]) -> str:
    """The costs of several runs of the same work, as Markdown: median, least and most."""
    seconds = {
        "trigger to first task, s": [cost.first_task for cost in costs],
        "the run, s": [cost.wall for cost in costs],
        "waiting between tasks, s": [cost.waits for cost in costs],
        "around the stages, s": [cost.around for cost in costs],
        "Airflow's overhead, % of the run": [100 * cost.share for cost in costs],
    }
    rows = [f"| {name} | {median(of):.2f} | {min(of):.2f} to {max(of):.2f} |" for name, of in seconds.items()]
    return "\n".join([f"| of {len(costs)} runs | median | least to most |", "| --- | --- | --- |", *rows])


class Watcher:
    """Triggers runs of the DAG and asks what became of them."""

    def __init__(self, home: Path, ports: Mapping[str, int]) -> None:
        password = services.airflow_password(home)
        self._airflow = Airflow(services.airflow_url(ports), services.ADMIN, password)
        await_dag(self._airflow, DAG)
        self._airflow.unpause(DAG)
        self._client = httpx.Client(base_url=services.airflow_url(ports), timeout=60, trust_env=False)
        login = {"username": services.ADMIN, "password": password}
        token = self._client.post("/auth/token", json=login).raise_for_status().json()["access_token"]
        self._client.headers["Authorization"] = f"Bearer {token}"
        tasks = self._ask(f"/dags/{DAG}/tasks")["tasks"]
        self._needs: dict[str, list[str]] = {task["task_id"]: [] for task in tasks}
        for task in tasks:
            for after in task["downstream_task_ids"]:
                self._needs[after].append(task["task_id"])

    def cost(self, day: date) -> Cost:
        """What a run of the day cost, once it has ended."""
        run = self._airflow.trigger(DAG, {"as_of": day.isoformat()}, run_after=f"{day}T00:00:00Z")
        while (state := self._airflow.run_state(DAG, run)) not in ("success", "failed"):
            time.sleep(1)
        assert state == "success", f"{DAG} {run} failed: see its logs"
        about = self._ask(f"/dags/{DAG}/dagRuns/{run}")
        asked, started, ended = (_timestamp(about[name]) for name in ("queued_at", "start_date", "end_date"))
        return cost(asked, started, ended, critical_path(list(self._works(run)), self._needs))

    def _works(self, run: str) -> Iterator[Work]:
        found = self._ask(f"/dags/{DAG}/dagRuns/{run}/taskInstances?limit=1000")["task_instances"]
        states = {task.name: task for task in self._airflow.tasks(DAG, run)}
        for task in found:
            if task["start_date"] is None:
                continue
            name = task["task_id"] if task["map_index"] < 0 else f"{task['task_id']}[{task['map_index']}]"
            made = self._airflow.returned(DAG, run, states[name])
            own = made["seconds"] if isinstance(made, dict) and not made.get("cached", True) else 0.0
            yield Work(task["task_id"], _timestamp(task["start_date"]), _timestamp(task["end_date"]), own)

    def _ask(self, path: str) -> Any:
        return self._client.get(f"/api/v2{path}").raise_for_status().json()


def _timestamp(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


@contextmanager
def installed() -> Iterator[tuple[Path, dict[str, int]]]:
    """A running installation below a folder of its own, on free ports; nothing of it is left."""
    home = Path(tempfile.mkdtemp(prefix="recsys-benchmark-"))
    home.chmod(0o755)
    with socket.socket() as first, socket.socket() as second, socket.socket() as third:
        probes = dict(zip(("postgres", "mlflow", "airflow"), (first, second, third), strict=True))
        for probe in probes.values():
            probe.bind(("127.0.0.1", 0))
        ports = {name: probe.getsockname()[1] for name, probe in probes.items()}
    (home / "ports.json").write_text(json.dumps(ports))
    os.environ["AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE"] = "False"  # no run but those that are measured
    try:
        yield home, installation.up(home, print)
    finally:
        installation.down(home, print)
        shutil.rmtree(home, ignore_errors=True)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    found = argparse.ArgumentParser("python -m benchmarks.operation", description=__doc__)
    found.add_argument("runs", type=int, nargs="?", default=3, help="days that are measured (default 3)")
    figures.add_flag(found)
    return found


def main(runs: int, docs: bool = False) -> None:
    """Prints two tables: runs of days that are new, and runs that find everything done."""
    days = [LAST_DAY - timedelta(days=back) for back in reversed(range(runs))]
    with installed() as (home, ports):
        watcher = Watcher(home, ports)
        new = []
        for day in days:
            new.append(watcher.cost(day))
            print(f"{day}: {new[-1]}", flush=True)
        done = [watcher.cost(days[-1]) for _ in range(AGAIN)]
    text = report(new, done)
    print(f"\n{text}")
    if docs:
        figures.fill("operation", text, "make bench-operation")


def report(new: Sequence[Cost], done: Sequence[Cost]) -> str:
    """Both tables as Markdown."""
    return (
        f"Days of MovieLens, each for the first time:\n\n{table(new)}\n\n"
        f"The last of them again, where everything is found:\n\n{table(done)}"
    )


if __name__ == "__main__":
    options = parser().parse_args()
    main(options.runs, options.docs)
