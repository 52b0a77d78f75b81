"""What recsys reaches on a given split: fitted as published models are, without language, and on more."""

from __future__ import annotations

import logging
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmarks import product
from recsys import pipeline
from recsys.assess import known_of
from recsys.evaluation import assessment, metrics
from recsys.evaluation.arms import Arms
from recsys.evaluation.metrics import Values
from recsys.events.interactions import Interactions, Ints
from recsys.events.split import Split
from recsys.interests.stage import understand
from recsys.library.inputs import forced, latest_day
from recsys.ranking import models
from recsys.ranking.lists.rules import rules_of
from recsys.ranking.ranker import backcast
from recsys.ranking.ranker.stage import fit_rankers
from recsys.ranking.world import World, world_of
from recsys.schema import NO_TRANSFER, RECSYS
from recsys.settings import Settings, load

log = logging.getLogger(__name__)

T = TypeVar("T")
BARE = "recsys without language and transfer"
LATER = "recsys, fitted on valid too"


@dataclass(frozen=True)
class Cost:
    """What a part took: CPU seconds, seconds, and the largest memory of the process so far, in MB."""

    cpu_s: float
    wall_s: float
    peak_memory_mb: float


@dataclass(frozen=True)
class Measured:
    """NDCG and recall at 10 of each user, (n_users,) each, by arm."""

    users: int
    items: int
    events: int
    ndcg: dict[str, Values] = field(default_factory=dict)
    recall: dict[str, Values] = field(default_factory=dict)
    costs: dict[str, Cost] = field(default_factory=dict)

    def add(self, arm: str, lists: Ints, split: Split) -> None:
        """Adds what an arm answered."""
        wanted = np.asarray(split.targets.sum(axis=1)).ravel()
        found = metrics.hits(lists[:, : product.K], split.targets)
        self.ndcg[arm], self.recall[arm] = metrics.ndcg(found, wanted), metrics.recall(found, wanted)
        log.info("published: %s: recall@10 %.4f, NDCG@10 %.4f", arm, self.recall[arm].mean(), self.ndcg[arm].mean())

    def timed(self, part: str, work: Callable[[], T]) -> T:
        """The result of some work, whose cost is kept."""
        cpu, wall = time.process_time(), time.monotonic()
        result = work()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        self.costs[part] = Cost(round(time.process_time() - cpu, 1), round(time.monotonic() - wall, 1), round(peak))
        return result


def run(folder: Path, overrides: Sequence[str] = ()) -> Measured:
    """Every arm over all users with a `test` event, for `events.parquet` and `items.parquet` of a folder."""
    files = {name: folder / f"{name}.parquet" for name in ("events", "items")}
    settings = load([*overrides, *forced(files)])
    made = pipeline.run(("ingest", "features"), settings, latest_day(settings))
    known, vectors = known_of(made)
    events = known.tables.interactions
    found = Measured(events.n_users, events.n_items, len(events.user))
    cut, *_ = assessment.cuts_of(known, vectors, settings, ["given-split"])
    later, asked = assessment.cuts_of(known, vectors, settings, ["given-split-valid"])[0].known, cut.split.requests
    rules = rules_of(known.tables, settings.lists)
    world = world_of(known.tables, understand(vectors, settings), rules)
    answers = found.timed("recsys, and every signal alone", lambda: _arms(cut.known, world, settings).answer(asked))
    for arm, lists in answers.items():
        found.add(arm, lists, cut.split)
    unread, alone = np.zeros_like(vectors), _without_transfer(settings)
    bare = world_of(known.tables, understand(unread, alone), rules)
    found.add(BARE, found.timed(BARE, lambda: product.lists(cut.known, asked, bare, alone)), cut.split)
    found.add(LATER, found.timed(LATER, lambda: product.lists(later, asked, world, settings)), cut.split)
    return found


def _arms(known: Interactions, world: World, settings: Settings) -> Arms:
    """recsys with and without transfer, and each of its signals as it comes, without baselines that score all items."""
    rankers = dict(
        zip((RECSYS, NO_TRANSFER), fit_rankers(backcast.examples(known, world, settings), settings), strict=True)
    )
    fitted = models.fit(known, world.then, settings)
    alone = {signal.spec: signal for signal in fitted.signals}
    return Arms(fitted, rankers, tuple(alone.values()), (), settings)


def _without_transfer(settings: Settings) -> Settings:
    return settings.model_copy(update={"transfer": settings.transfer.model_copy(update={"enabled": False})})
