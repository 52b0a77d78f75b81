"""Peers that run in this process: a function that fits, and a model that scores."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.quality.contract import FAMILIES, Answers, Configuration, Family, Task, top
from recsys.events.interactions import Floats, Ints
from recsys.events.split import Requests

BATCH = 256
"""Requests whose scores of all items are held at once."""

Scores = Callable[[Requests], Floats]
"""A fitted model: scores of all items for each request, (n_requests, n_items)."""


@dataclass(frozen=True)
class Here:
    """A peer without randomness."""

    name: str
    fit: Callable[..., Scores]
    """Called with what is known, and by name with the side information it reads and the entries of a configuration."""
    configurations: Sequence[Configuration]
    families: Sequence[Family] = FAMILIES
    reads: Sequence[str] = ()
    """Fields of the side information."""
    random: bool = field(default=False, init=False)

    def answer(self, task: Task, configurations: Sequence[Configuration], seed: int) -> list[Answers]:
        """Answers for each of the configurations; the seed changes nothing."""
        del seed
        return [self._answer(task, configuration) for configuration in configurations]

    def _answer(self, task: Task, configuration: Configuration) -> Answers:
        began = time.monotonic()
        side = {name: getattr(task.side, name) for name in self.reads}
        model = self.fit(task.known, **side, **configuration)
        parts = [_top(model, task, rows) for rows in _groups(len(task.requests))]
        items, scores = (np.concatenate(column) for column in zip(*parts, strict=True))
        return Answers(items, scores, time.monotonic() - began)


def _top(model: Scores, task: Task, rows: Ints) -> tuple[Ints, Floats]:
    return top(model(task.requests.part(rows)), task.popular[rows], task.closed[rows])


def _groups(count: int) -> list[Ints]:
    return np.array_split(np.arange(count, dtype=np.int32), max(-(-count // BATCH), 1))
