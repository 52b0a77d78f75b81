"""What is measured against the peers: the product's own arms, and the method of its source document."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks.quality.cuts import Cut
from benchmarks.quality.data import Data
from recsys import schema
from recsys.evaluation import arms
from recsys.events.interactions import Ints

NAMES = (schema.RECSYS, schema.NO_TRANSFER, "source document")
"""In the order shown. The first is recsys; the method of the source document has nothing to tune."""


@dataclass(frozen=True)
class Ours:
    """Lists of ten by arm, and what all of them took together."""

    lists: Mapping[str, Ints]
    seconds: float


def answer(cut: Cut, data: Data, seed: int) -> Ours:
    """Answers of the arms fitted on `cut.known` to all of its requests, with settings as they come and no tuning."""
    settings = data.settings.model_copy(update={"seed": seed})
    began = time.monotonic()
    fitted = arms.fit(cut.known, data.world, data.vectors, settings)
    pools = {name: data.world.side.domain == place for name, place in cut.domains.items()}
    found = [fitted.within(pools.get(name)).answer(split.requests) for name, split in cut.splits.items()]
    lists = {name: np.concatenate([part[name] for part in found]) for name in NAMES if name in found[0]}
    return Ours(lists, time.monotonic() - began)
