"""What is measured against the peers: the product's own arms, and the method of its source document."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.quality.contract import Task
from benchmarks.quality.data import Data
from recsys.evaluation import arms
from recsys.events.interactions import Ints

NAMES = (arms.OURS, arms.NO_TRANSFER, "source document")
"""In the order shown. The first is ours; the method of the source document has nothing to tune."""


@dataclass(frozen=True)
class Ours:
    """Lists of ten by arm, and what all of them took together."""

    lists: Mapping[str, Ints]
    seconds: float


def answer(task: Task, data: Data, seed: int) -> Ours:
    """Answers of the arms fitted on `task.known`, with settings as they come and no tuning."""
    settings = data.settings.model_copy(
        update={"ranking": data.settings.ranking.model_copy(update={"seed": seed})}
    )  # fmt: skip
    began = time.monotonic()
    lists = arms.fit(task.known, data.world, data.vectors, settings).answer(task.requests)
    return Ours({name: lists[name] for name in NAMES if name in lists}, time.monotonic() - began)
