"""Every peer is tuned equally: it tries each of its configurations once, on the validation cut, and keeps the best."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from benchmarks.quality.contract import Answers, Configuration, Peer, Task
from benchmarks.quality.cuts import Cut
from recsys.evaluation import metrics
from recsys.evaluation.metrics import Values
from recsys.events.interactions import Ints, Mask
from recsys.events.side import SideInformation

K = 10
"""Items of a list that are judged."""


@dataclass(frozen=True)
class Tuned:
    """Configurations tried, their scores on the validation cut, and the selected configuration."""

    configurations: Sequence[Configuration]
    values: Sequence[float]
    """NDCG@10, the mean of the protocols' means; empty where there was nothing to select."""
    best: Configuration
    seconds: float
    held: Answers | None = None
    """Answers of the selected configuration on the validation cut: examples of a ranker over the peers."""


@dataclass(frozen=True)
class Catalogue:
    """What is the same on every side of a cut."""

    available: Mask
    categories: sp.csr_matrix
    side: SideInformation
    leave_last: int
    """Latest positive events of a user that the protocol `warm` hides: one event where times are missing."""
    timed: bool = True
    """False: the order of the events stands in for their times, and does not compare across users."""

    def task(self, cut: Cut) -> Task:
        """All requests of a cut as one task."""
        return Task(cut.known, cut.together().requests, self.available, self.categories, self.side, cut.within)


def tune(peer: Peer, validation: Cut, catalogue: Catalogue, seed: int) -> Tuned:
    """The configuration that does best on a cut of what is known."""
    tried = peer.configurations
    if len(tried) == 1 or not validation.splits:
        return Tuned(tried, (), tried[0], 0.0)
    began = time.monotonic()
    found = peer.answer(catalogue.task(validation), tried, seed)
    values = [
        float(np.mean([per_request.mean() for per_request in judged(answers.items, validation).values()]))
        for answers in found
    ]
    best = int(np.argmax(values))
    return Tuned(tried, values, tried[best], time.monotonic() - began, found[best])


def judged(items: Ints, cut: Cut) -> dict[str, Values]:
    """NDCG@10 of each request by protocol; rows of `items` are the cut's requests together."""
    ends = np.cumsum([len(split.requests) for split in cut.splits.values()])[:-1]
    parts = np.split(items[:, :K], ends)
    return {name: _ndcg(part, split.targets) for (name, split), part in zip(cut.splits.items(), parts, strict=True)}


def _ndcg(lists: Ints, targets: sp.csr_matrix) -> Values:
    wanted = np.asarray(targets.sum(axis=1)).ravel()
    return metrics.ndcg(metrics.hits(lists, targets), wanted)
