"""The vectors of all items, joined from their shards."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from recsys import schema
from recsys.artifacts import Manifest


def load(manifests: Sequence[Manifest]) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.float32]]:
    """Item ids in ascending order, (n_items,), and their vectors, (n_items, dimensions) with rows of length 1 or 0."""
    ids = [pd.read_parquet(one.path("items.parquet"))[schema.ITEM_ID].to_numpy(object) for one in manifests]
    vectors = [np.load(one.path("vectors.npy"), mmap_mode="r") for one in manifests]
    joined = np.concatenate(ids)
    order = np.argsort(joined)
    return joined[order], np.concatenate(vectors)[order].astype(np.float32)
