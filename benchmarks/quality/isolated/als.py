"""Alternating least squares of the package `implicit` (Hu, Koren & Volinsky 2008)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares  # type: ignore[import-not-found]

from benchmarks.quality.isolated.task import Floats, Task


def scores(
    task: Task, configurations: Sequence[Mapping[str, Any]], seed: int, threads: int
) -> Iterator[tuple[int, Floats]]:
    """Number of a configuration and its scores, (n_requests, n_items); who asks is folded in, known or not."""
    asking = task.asking()
    for number, configuration in enumerate(configurations):
        model = AlternatingLeastSquares(**configuration, num_threads=threads, random_state=seed)
        model.fit(task.known(), show_progress=False)
        users = model.recalculate_user(np.arange(asking.shape[0]), asking)
        yield number, _unscored_without_history(users @ model.item_factors.T, asking)


def _unscored_without_history(found: Floats, asking: Any) -> Floats:
    """Users without a history get no scores."""
    return np.where(np.diff(asking.indptr)[:, None] > 0, found, -np.inf)
