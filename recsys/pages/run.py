"""A DAG run as a table of stages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from recsys.artifacts import Manifest
from recsys.stages import stage_of

EVENTS = ("duplicate events", "events later", "quarantined")
DROPPED = (*EVENTS, "items without text", "events in a burst", "accidental clicks", "events of bots")
"""Prefixes of the names of the counts of what was dropped or down-weighted, and why."""
LAST = datetime.max.replace(tzinfo=UTC)
READ = ("events", "items", "users", "follows")
"""Counts of a stage's input."""


@dataclass(frozen=True)
class Task:
    """A task instance of the run, as Airflow knows it."""

    name: str
    shard: int
    """-1 for a task that is not mapped."""
    state: str
    tries: int
    started_at: datetime | None
    manifest: Manifest | None
    mlflow: str
    """Address of its run in MLflow; empty where nothing is tracked."""


@dataclass(frozen=True)
class StageRow:
    """A stage, or a shard of a stage, as a row of the page."""

    name: str
    state: str
    tries: int
    mlflow: str
    read: Mapping[str, int] = field(default_factory=dict)
    """Rows that the stages it needs had made."""
    made: Mapping[str, int] = field(default_factory=dict)
    dropped: Mapping[str, int] = field(default_factory=dict)
    """Rows dropped or down-weighted, by reason; none that are 0."""
    seconds: float | None = None
    cpu_seconds: float | None = None
    memory_mb: float | None = None
    cached: bool | None = None
    """Whether its files were there already; None before it has ended."""


def table(tasks: Iterable[Task]) -> list[StageRow]:
    """The stages, and other tasks, in the order in which they began; what has not begun comes last."""
    ordered = sorted(tasks, key=lambda task: (task.started_at or LAST, task.name, task.shard))
    made = [(task.name, task.manifest) for task in ordered if task.manifest]
    return [_row(task, made) for task in ordered]


def _row(task: Task, made: Sequence[tuple[str, Manifest]]) -> StageRow:
    name = task.name if task.shard < 0 else f"{task.name}[{task.shard}]"
    manifest = task.manifest
    if manifest is None:
        return StageRow(name, task.state, task.tries, task.mlflow)
    dropped = {what: count for what, count in manifest.rows.items() if what.startswith(DROPPED)}
    return StageRow(
        name,
        task.state,
        task.tries,
        task.mlflow,
        _read(manifest, made),
        {what: count for what, count in manifest.rows.items() if count and what not in dropped},
        {what: count for what, count in dropped.items() if count},
        manifest.seconds,
        manifest.cpu_seconds,
        manifest.peak_memory_mb,
        manifest.cached,
    )


def _read(own: Manifest, made: Sequence[tuple[str, Manifest]]) -> dict[str, int]:
    """What a stage was given; what the first stage was given is what it kept and what it dropped."""
    source = own if own.stage == "ingest" else next((manifest for maker, manifest in made if maker == "ingest"), None)
    needed = own.stage == "ingest" or "ingest" in stage_of(own.stage).needs
    rows = source.rows if source and needed else {}
    lost = sum(count for what, count in own.rows.items() if what.startswith(EVENTS)) if own.stage == "ingest" else 0
    return {what: rows[what] + (lost if what == "events" else 0) for what in READ if rows.get(what)}
