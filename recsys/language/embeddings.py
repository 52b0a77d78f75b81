"""The vectors of all items, joined from their shards: of their texts, fused with those of their pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from recsys import schema
from recsys.artifacts import Manifest
from recsys.events import tables
from recsys.pictures import fusion

TEXTS, PICTURES = "vectors.npy", "pictures.npy"
INGESTED = "ingested"
"""Fact of features with pictures: the URI of what ingest wrote."""


def load(manifests: Sequence[Manifest]) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.float32]]:
    """Item ids in ascending order, (n_items,), and their vectors, (n_items, dimensions) with rows of length 1 or 0.

    Where pictures were read, how they go together with the texts is learnt here, of all shards and from the events of
    the day: the same vectors for every reader. Raises `DataError` where those went with a user who is forgotten by now.
    """
    ids = [pd.read_parquet(manifest.path("items.parquet"))[schema.ITEM_ID].to_numpy(object) for manifest in manifests]
    joined = np.concatenate(ids)
    order = np.argsort(joined)
    item_ids, texts = joined[order], _joined(manifests, TEXTS)[order]
    ingested = manifests[0].facts.get(INGESTED)
    if ingested is None:
        return item_ids, texts
    pictures = _joined(manifests, PICTURES)[order]
    known = tables.read(Manifest("ingest", manifests[0].as_of, "", ingested)).interactions
    return item_ids, fusion.fit(texts, pictures, known, item_ids.tolist()).of(texts, pictures)


def _joined(manifests: Sequence[Manifest], file: str) -> npt.NDArray[np.float32]:
    parts = [np.load(manifest.path(file), mmap_mode="r") for manifest in manifests]
    return np.concatenate(parts).astype(np.float32)
