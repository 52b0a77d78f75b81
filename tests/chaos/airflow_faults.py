"""What strikes while Airflow runs days and refreshes: its components, its tasks, and what they work with."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial

import psutil

from recsys.standalone import postgres
from tests.chaos.faults import kill
from tests.operations.place import DAG, Place, until

FIRST_DAY, USERS, TOP_N = date(2026, 1, 5), 24, 5
REFRESH = "recsys_refresh"
FAULTS_A_RUN = 4
PAUSE_SECONDS = (4.0, 25.0)
WHOLE = """
    SELECT count(DISTINCT user_id), count(*), count(DISTINCT publication), max(live.as_of)
    FROM recommendations CROSS JOIN recsys.live
"""


@dataclass
class Strike:
    """One fault of the plan, and what became of the run that it struck."""

    number: int
    run: int
    kind: str
    pause: float
    """Seconds to wait before it."""
    struck: bool = False
    during: tuple[str, ...] = ()
    """Tasks that were at work."""
    state: str = ""
    """How the run ended that it struck."""


def component(name: str, place: Place) -> bool:
    place.service(name).kill()
    return True


def stage(place: Place) -> bool:
    """The child of a task."""
    found = [process for process in place.service("scheduler").children(recursive=True) if _is_stage(process)]
    kill(found[:1])
    return bool(found)


def worker(place: Place) -> bool:
    """The process of a task, and what watches over it, in the middle of a stage that lives on."""
    scheduler = place.service("scheduler")
    found = [process for process in scheduler.children(recursive=True) if _is_stage(process)]
    for process in found[:1]:
        kill([above for above in process.parents() if scheduler in above.parents()])
    return bool(found)


def database(place: Place) -> bool:
    """Postgres with all its sessions, Airflow's as well; away for two seconds."""
    server = psutil.Process(int((place.home / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0]))
    kill([server, *server.children()])
    time.sleep(2)
    postgres.start(place.home, place.ports["postgres"])
    return True


def _is_stage(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return bool(process.cmdline()[1:3] == ["-m", "recsys"])
    return False


COMPONENTS = ("scheduler", "triggerer", "dag-processor", "api-server", "mlflow")
KINDS: dict[str, Callable[[Place], bool]] = {
    **{name: partial(component, name) for name in COMPONENTS},
    "stage": stage,
    "worker": worker,
    "database": database,
}


def plan(count: int, seed: int) -> list[Strike]:
    rng = random.Random(seed)
    return [
        Strike(number, number // FAULTS_A_RUN, rng.choice(list(KINDS)), rng.uniform(*PAUSE_SECONDS))
        for number in range(count)
    ]


@dataclass
class Days:
    """Days that Airflow runs one after another."""

    place: Place
    conf: dict[str, object]
    seen: list[str] = field(default_factory=list)
    """What readers had that was no whole set."""

    def begin(self, day: int, refresh: bool) -> tuple[str, str]:
        """The DAG and the id of a run that was triggered."""
        as_of, now = FIRST_DAY + timedelta(day), datetime.now(UTC).isoformat()
        dag, conf = (REFRESH, {}) if refresh else (DAG, {**self.conf, "as_of": str(as_of)})
        return dag, str(until(lambda: self.place.airflow.trigger(dag, conf, now), f"{dag} is triggered"))

    def strike(self, run: tuple[str, str], fault: Strike) -> None:
        """Waits its time, unless the run is over sooner, and strikes."""
        deadline = time.monotonic() + fault.pause
        while time.monotonic() < deadline and not self.state(run):
            time.sleep(0.2)
        if not self.state(run):
            fault.during = tuple(
                until(
                    lambda: [one.name for one in self.place.airflow.tasks(*run) if one.state == "running"] or ["none"],
                    "tasks",
                )
            )
            fault.struck = KINDS[fault.kind](self.place)
        self.look(f"fault {fault.number}, {fault.kind}")

    def state(self, run: tuple[str, str]) -> str:
        """How the run ended; empty while it goes on."""
        state = str(until(lambda: self.place.airflow.run_state(*run), "Airflow answers"))
        return state if state in ("success", "failed") else ""

    def end(self, run: tuple[str, str], seconds: float = 900) -> str:
        return str(until(lambda: self.state(run), f"{run} ends", seconds))

    def look(self, when: str) -> date:
        """The day that is live; notes an answer that is no whole set."""
        ((users, rows, sets, as_of),) = until(lambda: self.place.ask(WHOLE), "readers are answered")
        if (users, rows, sets) != (USERS, USERS * TOP_N, 1):
            self.seen.append(f"{when}: {users} users, {rows} rows, {sets} sets")
        return as_of  # type: ignore[no-any-return]
