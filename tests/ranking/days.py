"""Two days of a tiny shop: on the first the ranker is learnt, on the second it is kept, and much was played since."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from recsys import pipeline
from recsys.artifacts import Manifest
from recsys.results import made_with
from recsys.settings import Settings, load
from recsys.stages import Inputs, Job
from tests.brief import brief_training

PATH = ("ingest", "features", "interests", "transfer", "signals", "ranker")
FIRST, SECOND = date(2026, 1, 5), date(2026, 1, 6)
TEXTS = ("space war robot planet", "love wedding summer paris")
NEW_USER, NEW_ITEM = "a-user", "a-item"
"""They come on the second day, before all others in the order of ids."""

Play = tuple[str, str, str]
"""User, item and time."""


@dataclasses.dataclass(frozen=True)
class Days:
    """What the stages made of both."""

    overrides: tuple[str, ...]
    first: Inputs
    second: Inputs

    @property
    def settings(self) -> Settings:
        return load(list(self.overrides))

    def job(
        self, stage: str, *more: str, as_of: date = SECOND, folder: Path = Path(), earlier: Manifest | None = None
    ) -> Job:
        """A later call of a stage, that may go on from the first day or from what is given."""
        before = earlier or self.first[stage][0]
        settings = load([*self.overrides, *more])
        return Job(settings, as_of, self.second, 0, folder, before, made_with=made_with(stage, settings))


def files(folder: Path, plays: Iterable[Play], items: Iterable[str]) -> list[str]:
    """Overrides that name the files of a shop: texts of items are of two kinds in turn."""
    texts = [
        {"item_id": item, "title": f"{TEXTS[row % 2].split()[row % 4]} {row}", "description": TEXTS[row % 2]}
        for row, item in enumerate(items)
    ]
    events = pd.DataFrame(plays, columns=["user_id", "item_id", "occurred_at"]).assign(action="play")
    events["occurred_at"] = pd.to_datetime(events["occurred_at"], utc=True)
    for name, table in {"events": events, "items": pd.DataFrame(texts)}.items():
        table.to_parquet(folder / f"{name}.parquet")
    return ["source.kind=files", *(f"source.{name}={folder / name}.parquet" for name in ("events", "items"))]


def plays() -> list[Play]:
    """12 users play 6 items in as many days, of their own kind; on the second day two more, as a new user does.

    Two of them play the new item besides.
    """
    rng = np.random.default_rng(5)
    found: list[Play] = []
    for user in range(12):
        chosen = [f"i{item:02}" for item in rng.choice(np.arange(user % 2, 20, 2), 8, replace=False)]
        found += [
            (f"u{user:02}", item, f"{date(2025, 12, 28 + day) if day < 4 else date(2026, 1, day - 3)} {user:02}:00")
            for day, item in enumerate(chosen[:6])
        ]
        found += [(f"u{user:02}", item, f"{SECOND} {user:02}:{minute:02}") for minute, item in enumerate(chosen[6:])]
    found += [(NEW_USER, "i02", f"{SECOND} 20:00"), (NEW_USER, "i04", f"{SECOND} 20:01")]
    return [*found, *((user, NEW_ITEM, f"{SECOND} 23:00") for user in ("u00", "u01"))]


def two_days(folder: Path) -> Days:
    """Both days, run up to the ranker."""
    old = [f"i{item:02}" for item in range(20)]
    overrides = (f"store={folder / 'store'}", *files(folder, plays(), old), "lists.top_n=5")
    with brief_training():
        first = pipeline.run(PATH, load(list(overrides)), FIRST)
        files(folder, plays(), [*old, NEW_ITEM])
        return Days(overrides, first, pipeline.run(PATH, load(list(overrides)), SECOND))
