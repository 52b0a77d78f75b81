"""Five days are backfilled by Airflow, and something breaks on each of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import psutil

from recsys.standalone import processes
from recsys.standalone.airflow_api import TaskState
from tests.operations.history import DAYS
from tests.operations.place import DAG, Place, full, until

UNTRACKED = DAYS[0]
"""MLflow is away from the first to the last task of this day."""
LIVE = """
    SELECT live.as_of, (SELECT count(*) FROM recommendations), (manifest ->> 'recommendations')::int
    FROM recsys.publication JOIN recsys.live USING (pub_id)
"""


@dataclass(frozen=True)
class FiveDays:
    """What was seen while they went by."""

    place: Place
    conf: Mapping[str, Any]
    disk: Path | None
    """The store's disk, where it is one that may be filled."""
    runs: dict[date, str] = field(default_factory=dict)
    states: dict[date, str] = field(default_factory=dict)
    tasks: dict[date, dict[str, TaskState]] = field(default_factory=dict)
    served: dict[str, tuple[date, int, int]] = field(default_factory=dict)
    """By what broke: the day and rows that readers had in the middle of it, and the rows of that day's publication."""
    seconds: dict[date, float] = field(default_factory=dict)

    def begin(self) -> None:
        wanted = {
            "dag_id": DAG,
            "from_date": f"{DAYS[0]}T00:00:00Z",
            "to_date": f"{DAYS[-1]}T00:00:00Z",
            "max_active_runs": 1,
            "dag_run_conf": dict(self.conf),
        }
        self.place.admin.post("/api/v2/backfills", json=wanted).raise_for_status()
        found = self.place.admin.get(f"/api/v2/dags/{DAG}/dagRuns", params={"limit": 100}).json()["dag_runs"]
        self.runs.update({date.fromisoformat(run["partition_key"]): run["dag_run_id"] for run in found})

    def at(self, day: date, task: str, state: str) -> None:
        """Returns once the task is in the state, or is done."""
        until(
            lambda: any(one.task == task and one.state in (state, "success") for one in self._tasks(day)),
            f"{task} of {day} is {state}",
        )

    def look(self, what: str) -> None:
        """Remembers what readers have now."""
        ((as_of, rows, whole),) = until(lambda: self.place.ask(LIVE), "a publication is live")
        self.served[what] = as_of, rows, whole

    def finish(self, day: date, began: float) -> None:
        self.states[day] = until(lambda: self._ended(day), f"{day} ends")
        self.seconds[day] = time.monotonic() - began
        self.tasks[day] = {one.name: one for one in self._tasks(day)}

    def waiting(self, day: date) -> bool:
        """Whether a task has failed and will be tried again."""
        return any(one.state == "up_for_retry" for one in self._tasks(day))

    def _tasks(self, day: date) -> list[TaskState]:
        return self.place.airflow.tasks(DAG, self.runs[day])

    def _ended(self, day: date) -> str:
        state = self.place.airflow.run_state(DAG, self.runs[day])
        return state if state in ("success", "failed") else ""


@dataclass(frozen=True)
class Break:
    """Something breaks once a task of a day is in a state."""

    what: str
    day: date
    task: str
    state: str
    act: Callable[[FiveDays, Break], None]


def lived(place: Place, conf: Mapping[str, Any], disk: Path | None) -> FiveDays:
    """The five days, once they have gone by."""
    days = FiveDays(place, conf, disk)
    processes.stop(place.home, "mlflow")
    place.airflow.unpause(DAG)
    days.begin()
    for day in DAYS:
        began = time.monotonic()
        for one in BREAKS:
            if one.day == day:
                days.at(day, one.task, one.state)
                one.act(days, one)
        days.finish(day, began)
        if day == UNTRACKED:
            place.start()
    return days


def restart_the_database(days: FiveDays, broken: Break) -> None:
    """Everybody's database, Airflow's own as well."""
    days.place.restart_postgres()
    days.look(broken.what)


def kill_the_scheduler(days: FiveDays, broken: Break) -> None:
    """In the middle of a stage."""
    days.place.service("scheduler").kill()
    days.look(broken.what)


def kill_a_worker(days: FiveDays, broken: Break) -> None:
    """The process that runs a task, and all it has started, in the middle of a stage."""
    scheduler = days.place.service("scheduler")
    stage = until(
        lambda: next((one for one in scheduler.children(recursive=True) if _works(one, broken.task)), None),
        "the stage is at work",
    )
    above = [parent for parent in stage.parents() if scheduler in parent.parents()]
    for process in (*reversed(above), stage):
        process.kill()
    days.look(broken.what)


def fill(days: FiveDays, broken: Break) -> None:
    """The store's disk is full until a task has failed for it."""
    if days.disk:
        with full(days.disk):
            until(lambda: days.waiting(broken.day), "a task fails for the full disk")
            days.look(broken.what)


def _works(process: psutil.Process, stage: str) -> bool:
    try:
        return bool(process.cmdline()[1:5] == ["-m", "recsys", "run", stage])
    except psutil.NoSuchProcess:
        return False


BREAKS = (
    Break("database", DAYS[1], "features", "success", restart_the_database),
    Break("scheduler", DAYS[2], "interests", "running", kill_the_scheduler),
    Break("worker", DAYS[3], "ranker", "running", kill_a_worker),
    Break("disk", DAYS[4], "ingest", "success", fill),
)
