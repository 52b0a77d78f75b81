"""Bayesian personalised ranking of the package `implicit` (Rendle et al. 2009)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from implicit.cpu.bpr import BayesianPersonalizedRanking  # type: ignore[import-not-found]

from benchmarks.quality.isolated.task import Floats, Task


def scores(
    task: Task, configurations: Sequence[Mapping[str, Any]], seed: int, threads: int
) -> Iterator[tuple[int, Floats]]:
    """Number of a configuration and its scores, (n_requests, n_items), of users it was fitted on."""
    for number, configuration in enumerate(configurations):
        model = BayesianPersonalizedRanking(**configuration, num_threads=threads, random_state=seed)
        model.fit(task.known(), show_progress=False)
        yield number, model.user_factors[task.asking_user] @ model.item_factors.T
