"""LightFM with the WARP loss (Kula 2015; Weston et al. 2011), with or without the items' categories as features."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp
from lightfm import LightFM  # type: ignore[import-not-found]

from benchmarks.quality.isolated.task import Floats, Task


def scores(
    task: Task, configurations: Sequence[Mapping[str, Any]], seed: int, threads: int
) -> Iterator[tuple[int, Floats]]:
    """Number of a configuration and its scores, (n_requests, n_items), of users it was fitted on."""
    known = task.known().tocoo()
    for number, configuration in enumerate(configurations):
        features = _features(task) if configuration["categories"] else sp.identity(task.n_items, np.float32, "csr")
        model = LightFM(
            no_components=configuration["factors"],
            item_alpha=configuration["regularization"],
            user_alpha=configuration["regularization"],
            loss="warp",
            learning_rate=0.05,
            random_state=seed,
        )
        model.fit(known, item_features=features, epochs=configuration["epochs"], num_threads=threads)
        item_bias, items = model.get_item_representations(features)
        yield number, model.user_embeddings[task.asking_user] @ items.T + item_bias


def _features(task: Task) -> sp.csr_matrix:
    """Each item itself, and its categories; rows sum to 1, as LightFM's own data sets are built."""
    both = sp.hstack([sp.identity(task.n_items, np.float32), task.categories]).tocsr()
    return sp.csr_matrix(sp.diags(1.0 / np.asarray(both.sum(axis=1)).ravel()) @ both, dtype=np.float32)
