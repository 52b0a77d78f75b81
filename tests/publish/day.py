"""A whole day of the shop, made once: what a refresh goes on from, and what an erasure searches."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from recsys import pipeline, stages
from recsys.publish import stage
from recsys.publish.draft import Draft
from recsys.settings import Settings, load
from tests.brief import brief_training

AS_OF = date(2026, 1, 5)
PATH = ("ingest", "features", "interests", "transfer", "signals", "item_lists", "ranker", "rank")
SOMEBODY = "somebody-to-forget"
"""One of the users, by an id that is found in any file."""


@dataclass(frozen=True)
class Day:
    """A store, and what the stages made in it."""

    folder: Path
    made: stages.Inputs

    def settings(self) -> Settings:
        """Those that made the day."""
        return load(overrides(self.folder))

    def draft(self) -> Draft:
        """What was made, as one publication."""
        job = stages.Job(self.settings(), AS_OF, self.made, 0, self.folder)
        return stage.draft(job)

    def copied(self, folder: Path) -> Day:
        """The same day in a store of its own."""
        shutil.copytree(self.folder, folder)
        before, after = str(self.folder), str(folder)
        moved = {
            name: tuple(dataclasses.replace(one, uri=one.uri.replace(before, after)) for one in many)
            for name, many in self.made.items()
        }
        return Day(folder, moved)

    def goes_on(self, rows: list[tuple[str, str]]) -> None:
        """Adds plays of a day later to the source's events, by user and item."""
        file, played = self.folder / "events.parquet", pd.Timestamp("2026-01-06T12:00", tz="UTC")
        more = pd.DataFrame(
            [{"user_id": user, "item_id": item, "action": "play", "occurred_at": played} for user, item in rows]
        )
        pd.concat([pd.read_parquet(file), more]).to_parquet(file)


def overrides(folder: Path) -> list[str]:
    return [
        f"store={folder / 'store'}",
        "source.kind=files",
        f"source.events={folder / 'events.parquet'}",
        f"source.items={folder / 'items.parquet'}",
        f"source.follows={folder / 'follows.parquet'}",
        "lists.top_n=5",
    ]


def make(shop: Mapping[str, str], folder: Path, progress: Callable[[object], None] = lambda _: None) -> Day:
    """The day, with one user's id another one, and a link to that user."""
    events = pd.read_parquet(shop["events"]).replace({"user_id": {"u07": SOMEBODY}})
    events.to_parquet(folder / "events.parquet")
    shutil.copy(shop["items"], folder / "items.parquet")
    follows = pd.DataFrame({"follower_id": ["u01", SOMEBODY, "u02"], "followee_id": [SOMEBODY, "u03", "u04"]})
    follows.to_parquet(folder / "follows.parquet")
    with brief_training():
        made = pipeline.run(PATH, load(overrides(folder)), AS_OF, progress)
    return Day(folder, made)
