"""A DAG run watched live: a line for each change of a task, then what every stage made."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.markup import escape

from recsys.artifacts import Manifest
from recsys.errors import RecsysError, TransientError
from recsys.stages import STAGES, Inputs
from recsys.standalone.airflow_api import Airflow, TaskState

SHOWN = ("running", "success", "failed", "up_for_retry", "upstream_failed", "skipped")
COLOURS = {"running": "cyan", "success": "green", "failed": "red", "up_for_retry": "yellow", "upstream_failed": "red"}


@dataclass(frozen=True)
class Run:
    """A run of a DAG, with the client that asks about it."""

    airflow: Airflow
    dag: str
    id: str


def await_dag(airflow: Airflow, dag: str, seconds: float = 120) -> None:
    """Returns when Airflow has read the DAG's file.

    Raises `TransientError` with Airflow's import errors when it does not within `seconds`.
    """
    until = time.monotonic() + seconds
    while airflow.dag(dag) is None:
        errors = airflow.import_errors()
        if errors or time.monotonic() > until:
            raise TransientError(
                f"airflow does not know {dag}",
                seen="; ".join(errors) or "no import error",
                remedy="see var/logs/dag-processor.log",
            )
        time.sleep(0.3)


def follow(run: Run, console: Console, poll_seconds: float = 0.5) -> Inputs:
    """Manifests by stage, when the run has succeeded.

    Raises `RecsysError` with the last lines of the failed task's log when it has not.
    """
    seen: dict[str, tuple[str, int]] = {}
    began, state = time.monotonic(), ""
    with console.status("queued") as status:
        while state not in ("success", "failed"):
            state, tasks = run.airflow.run_state(run.dag, run.id), run.airflow.tasks(run.dag, run.id)
            for task in tasks:
                if task.state in SHOWN and seen.get(task.name) != (task.state, task.attempt):
                    seen[task.name] = task.state, task.attempt
                    console.print(_line(run, task, time.monotonic() - began), highlight=False)
            status.update(", ".join(task.name for task in tasks if task.state == "running") or state)
            time.sleep(poll_seconds)
    if state == "failed":
        raise _failure(run, tasks)
    return manifests(run.airflow.returned, run, tasks)


def manifests(returned: Callable[[str, str, TaskState], Any], run: Run, tasks: list[TaskState]) -> Inputs:
    """What each stage's tasks returned, in shard order."""
    made: dict[str, tuple[Manifest, ...]] = {}
    for task in sorted(tasks, key=lambda task: task.shard):
        if task.task in STAGES:
            manifest = Manifest.from_dict(returned(run.dag, run.id, task))
            made[task.task] = (*made.get(task.task, ()), manifest)
    return made


def _line(run: Run, task: TaskState, elapsed: float) -> str:
    state = f"[{COLOURS.get(task.state, 'white')}]{task.state:<10}[/]"
    return f"{elapsed:7.1f} s  {escape(task.name):<14} {state} {escape(_told(run, task))}".rstrip()


def _told(run: Run, task: TaskState) -> str:
    """The figures of a task that ended: seconds and row counts."""
    if task.state != "success":
        return f"try {task.attempt}" if task.attempt > 1 else ""
    made = run.airflow.returned(run.dag, run.id, task) if task.task in STAGES else None
    if not made:
        return f"{task.seconds:.1f} s"
    rows = ", ".join(f"{count:,} {what}" for what, count in made["rows"].items() if count)
    return f"{task.seconds:.1f} s  {rows}" + ("  (found, not made again)" if made["cached"] else "")


def _failure(run: Run, tasks: list[TaskState]) -> RecsysError:
    failed = next((task for task in tasks if task.state == "failed"), None)
    if failed is None:
        return RecsysError("the run failed", where=f"{run.dag} {run.id}", remedy="see it in Airflow")
    return RecsysError(
        f"task {failed.name} failed",
        where=f"{run.dag} {run.id}, try {failed.attempt}",
        seen="\n    ".join(["its last words", *run.airflow.log(run.dag, run.id, failed)]),
        remedy="mend the cause, then run the same command again: finished stages are not repeated",
    )
