"""A training in MLflow while it runs: one run, RUNNING, with its loss curves; a resumed training continues its own run.

Only `registry.register` ends it well, after the stage's files are safe: what MLflow misses here it gets there.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from recsys.settings import Settings
from recsys.tracking import entries
from recsys.tracking.tracker import Tracker, tracked

KIND = {"recsys.kind": "training"}
MARK, PROCESS = "recsys.training", "recsys.process"
EXPERIMENT = "recsys/train"
"""Experiment of trainings, apart from the daily runs."""

Point = tuple[int, int, Mapping[str, float]]
"""Step, time in milliseconds since 1970, values by name."""


def apart(settings: Settings) -> Settings:
    """The settings, with the experiment of trainings."""
    tracking = settings.tracking.model_copy(update={"experiment": EXPERIMENT})
    return settings.model_copy(update={"tracking": tracking})


def begin(settings: Settings, mark: str, base_version: str, facts: Mapping[str, str]) -> str:
    """Id of the training's run, now RUNNING; "" where nothing is tracked."""
    return _begin(apart(settings), mark, base_version, facts)


def follow(settings: Settings, run_id: str, points: Sequence[Point]) -> str:
    """The run's id once the points are on its curves; "" where they did not arrive."""
    return _follow(apart(settings), run_id, points)


def fail(settings: Settings, run_id: str) -> str:
    """The run's id, now FAILED."""
    return _fail(apart(settings), run_id) if run_id else ""


@tracked
def _begin(tracker: Tracker, settings: Settings, mark: str, base_version: str, facts: Mapping[str, str]) -> str:
    _sweep(tracker)
    return run_of(tracker, settings, mark, base_version, facts)


@tracked
def _follow(tracker: Tracker, settings: Settings, run_id: str, points: Sequence[Point]) -> str:
    del settings
    tracker.curves(run_id, points)
    return run_id


@tracked
def _fail(tracker: Tracker, settings: Settings, run_id: str) -> str:
    del settings
    tracker.end(run_id, "FAILED")
    return run_id


def run_of(tracker: Tracker, settings: Settings, mark: str, base_version: str, facts: Mapping[str, str]) -> str:
    """Id of the run of the training with this mark: the run it has, RUNNING again, or a new run."""
    here = {PROCESS: f"{platform.node()}:{os.getpid()}"}
    found = tracker.find({**KIND, MARK: mark})
    if found:
        run_id = str(found[-1].info.run_id)
        tracker.reopen(run_id)
        tracker.log(run_id, tags=here)
        return run_id
    training = settings.training
    name = f"{base_version.rpartition('-')[0]} {training.objective} {training.method}"
    run_id = tracker.create(name, datetime.now(UTC), {**KIND, MARK: mark, **here})
    tracker.log(run_id, params={"base_version": base_version, **entries.stage_params(settings, "finetune")})
    if entries.DATASET in facts:
        tracker.log_dataset((run_id,), facts.get("source", "events"), facts[entries.DATASET])
        tracker.log(run_id, tags={f"recsys.{entries.DATASET}": facts[entries.DATASET]})
    return run_id


def _sweep(tracker: Tracker) -> None:
    """Kills what is RUNNING though its process on this machine is gone."""
    for run in tracker.find(KIND, "RUNNING"):
        machine, _, process = run.data.tags.get(PROCESS, "").rpartition(":")
        if machine == platform.node() and process.isdigit() and not _lives(int(process)):
            tracker.end(run.info.run_id, "KILLED")


def _lives(process: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(process, 0)
        return True
    return False
