"""Random sets of recommendations, with reasons as long as real ones."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from recsys.publish.draft import Draft

TOP_N, ITEMS = 20, 9_000
REASONS = (
    "goes together with Matrix, The (1999); chosen by people with a taste like yours",
    "popular recently",
    "fits your interest in Sci-Fi, Action; fits your latest activity",
)
TERMS = (
    "ease +0.35; neighbours' items +0.33; rest +0.46",
    "recent popularity +0.31; rest +0.70",
    "own interests +0.45; sequence +0.38; rest +0.80",
)


def draft(folder: Path, users: int) -> Draft:
    """A draft of one list a user, of TOP_N items."""
    folder.mkdir(parents=True, exist_ok=True)
    table = lists(users)
    kinds = [("even", "odd")[number % 2] for number in range(ITEMS)]
    catalogue = pa.table({"item_id": _catalogue(), "available": [True] * ITEMS, "category": kinds})
    pq.write_table(catalogue, folder / "items.parquet")
    pq.write_table(table, folder / "lists.parquet", row_group_size=50_000)
    fallback = table.slice(0, 1).drop_columns("user_id").add_column(0, "audience", [["population"]])
    pq.write_table(fallback, folder / "fallback.parquet")
    return Draft(
        date(2026, 1, 10),
        "model",
        "0",
        (folder / "lists.parquet",),
        folder / "fallback.parquet",
        folder / "items.parquet",
        {},
    )


def lists(users: int) -> pa.Table:
    """One row a user, sorted by user_id."""
    random = np.random.default_rng(7)
    offsets = pa.array(np.arange(0, users * TOP_N + 1, TOP_N, dtype=np.int32))
    items = _catalogue().take(pa.array(_items(random, users).ravel()))
    drawn = pa.array(random.integers(0, len(REASONS), users * TOP_N))
    reasons, terms = pa.array(REASONS).take(drawn), pa.array(TERMS).take(drawn)
    scores = pa.array(random.random(users * TOP_N, dtype=np.float32))
    return pa.table(
        {
            "user_id": [f"user-{number:08}" for number in range(users)],
            "item_ids": pa.ListArray.from_arrays(offsets, items),
            "scores": pa.ListArray.from_arrays(offsets, scores),
            "reasons": pa.ListArray.from_arrays(offsets, reasons),
            "terms": pa.ListArray.from_arrays(offsets, terms),
        }
    )


def _catalogue() -> pa.Array:
    return pa.array([f"item-{number}" for number in range(ITEMS)])


def _items(random: np.random.Generator, users: int) -> np.ndarray:
    """Different items for every user: a random start and a random stride, (users, TOP_N)."""
    start, stride = random.integers(0, ITEMS, (users, 1)), random.integers(1, ITEMS // TOP_N, (users, 1))
    return (start + stride * np.arange(TOP_N)) % ITEMS
