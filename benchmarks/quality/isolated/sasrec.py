"""SASRec of RecTools (Kang & McAuley 2018; losses of Petrov & Macdonald 2023)."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch  # type: ignore[import-not-found,unused-ignore]
from pytorch_lightning import seed_everything  # type: ignore[import-not-found]
from rectools.dataset import Dataset  # type: ignore[import-not-found]
from rectools.models import SASRecModel  # type: ignore[import-not-found]

from benchmarks.quality.isolated.task import Floats, Ints, Task

DEPTH = 200
"""Items that are recommended to each request."""


def scores(
    task: Task, configurations: Sequence[Mapping[str, Any]], seed: int, threads: int
) -> Iterator[tuple[int, Floats]]:
    """Number of a configuration and its scores, (n_requests, n_items), -inf beyond its recommendations.

    Consecutive configurations that differ only in rising epochs are one training, evaluated along the way.
    """
    _quiet(threads)
    known, asking = _dataset(task.known_user, task.known_item), _dataset(task.asking_row, task.asking_item)
    before: Mapping[str, Any] = {}
    for number, configuration in enumerate(configurations):
        done = before["epochs"] if _goes_on(before, configuration) else 0
        if not done:
            seed_everything(seed, verbose=False)
            model = SASRecModel(**configuration, verbose=0, recommend_torch_device="cpu")
        more = configuration["epochs"] - done
        model.fit_partial(known, min_epochs=more, max_epochs=more)
        yield number, _scores(model, asking, task)
        before = configuration


def _goes_on(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    return bool(before) and {**before, "epochs": 0} == {**now, "epochs": 0} and before["epochs"] < now["epochs"]


def _dataset(row: Ints, item: Ints) -> Any:
    """Events in the order given: a second apart, so that no tie is left to be broken."""
    timestamps = pd.Timestamp("2000-01-01") + pd.to_timedelta(np.arange(len(row)), unit="s")
    return Dataset.construct(pd.DataFrame({"user_id": row, "item_id": item, "weight": 1.0, "datetime": timestamps}))


def _scores(model: Any, asking: Any, task: Task) -> Floats:
    found = model.recommend(
        users=asking.user_id_map.external_ids,
        dataset=asking,
        k=min(DEPTH, task.n_items),
        filter_viewed=True,
        items_to_recommend=np.intersect1d(np.flatnonzero(task.available), task.known_item),
        on_unsupported_targets="ignore",
    )
    dense = np.full((len(task.asking_user), task.n_items), -np.inf, np.float32)
    dense[found["user_id"].to_numpy(int), found["item_id"].to_numpy(int)] = found["score"].to_numpy(np.float32)
    return dense


def _quiet(threads: int) -> None:
    torch.set_num_threads(threads)
    warnings.filterwarnings("ignore")
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
