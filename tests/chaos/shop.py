"""A planted shop, and the steps of its days, attempted as Airflow's tasks attempt them, without Airflow."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import command_task
import numpy as np
import pandas as pd

from recsys import child
from recsys.artifacts import Manifest
from recsys.errors import DataError, GateError, SettingsError
from recsys.settings import load
from recsys.stages import STAGES, Inputs
from recsys.tracking import runs, tracker
from recsys.tracking.origin import Origin

DAYS = (date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 7))
DAILY = (*STAGES, "refresh")
USERS, ITEMS = 24, 40
TRIES = 3
"""Of a task: what `policy` has Airflow do."""
NOT_RETRIED = (SettingsError, DataError, GateError)
TASTES = (("space war robot planet", "science fiction"), ("love wedding summer paris", "romance"))
CHEAP = (
    "lists.top_n=5",
    "runtime.shards=1",
    "database.keep_publications=2",
    "evaluation.resamples=100",
    "evaluation.leave_last=100",
    "evaluation.cold_share=0",
    "evaluation.cold_revealed=[]",
    "evaluation.social_revealed=[]",
)


@dataclass(frozen=True)
class Step:
    """A task of a day, or what comes once after all of them."""

    day: date
    name: str


def steps(days: tuple[date, ...]) -> list[Step]:
    """The tasks of `recsys_daily` and of a refresh on each day; then a rollback, if there is a day before, and a
    cleaning."""
    daily = [Step(day, name) for day in days for name in DAILY]
    return [*daily, *(Step(days[-1], name) for name in ("rollback", "maintain")[len(days) == 1 :])]


def write(folder: Path) -> list[str]:
    """Settings that name the files of the shop: even users like even items; a third of them is there every day."""
    rng = np.random.default_rng(5)
    items = [
        {
            "item_id": f"i{number:02}",
            "title": f"{TASTES[number % 2][0].split()[number % 4]} {number}",
            "category": TASTES[number % 2][1],
            "description": TASTES[number % 2][0],
        }
        for number in range(ITEMS)
    ]
    events = [
        {"user_id": f"u{user:02}", "item_id": f"i{item:02}", "action": "play", "occurred_at": at}
        for user in range(USERS)
        for item, at in zip(rng.permutation(np.arange(user % 2, ITEMS, 2)), _times(user), strict=False)
    ]
    for name, rows in {"events": events, "items": items}.items():
        pd.DataFrame(rows).to_parquet(folder / f"{name}.parquet")
    return ["source.kind=files", *(f"source.{name}={folder / name}.parquet" for name in ("events", "items")), *CHEAP]


def _times(user: int) -> list[pd.Timestamp]:
    first = pd.Timestamp("2026-01-01", tz="UTC")
    later = [DAYS[0] + timedelta(days) for days in range(len(DAYS) + 1) if (user + days) % 3 == 0]
    return [first + pd.Timedelta(hours=9 * hour) for hour in range(8)] + [
        pd.Timestamp(day, tz="UTC") + pd.Timedelta(hours=8) for day in later
    ]


@dataclass
class Shop:
    """Days that are being made: the settings of a store, and what the stages of each day have made so far."""

    settings: list[str]
    tracking: str = ""
    """Address of MLflow, where what happens is to be recorded: to draw its pictures takes longer than most stages."""
    made: dict[date, dict[str, tuple[Manifest, ...]]] = field(default_factory=dict)
    published: dict[date, str] = field(default_factory=dict)
    """Numbers of the publications of the days."""

    def attempt(self, step: Step, number: int) -> None:
        """One try of a task; raises as the task does."""
        over = [f"--set={setting}" for setting in self.settings]
        match step.name:
            case "refresh":
                command_task.run("refresh", f"--as-of={step.day + timedelta(1)}", *over)
            case "rollback":
                command_task.run("rollback", list(self.published.values())[-2])
            case "maintain":
                command_task.run("maintain", *over)
            case _:
                self._run(step, number)

    def _run(self, step: Step, number: int) -> None:
        began, made = datetime.now(UTC), self.made.setdefault(step.day, {})
        given: Inputs = {need: made[need] for need in STAGES[step.name].needs}
        origin = Origin("http://airflow", "recsys_daily", f"chaos {step.day}", step.name, -1, number, step.day)
        settings = load([*self.settings, f"tracking.uri={self.tracking}"])
        tracker.prepare(settings)
        try:
            manifest = child.run(step.name, self.settings, step.day, given)
        except Exception as error:
            runs.record_failure(settings, origin, error, began)
            raise
        made[step.name] = (manifest,)
        if step.name == "publish":
            self.published[step.day] = manifest.facts["publication"]
        runs.record(settings, origin, manifest, given, began)
