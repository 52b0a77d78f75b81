"""Planted catalogues, as files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd


def by_word(folder: Path) -> dict[str, str]:
    """Files of a catalogue in which who takes `space` takes `paris`, and who takes `love` takes `war`."""
    words, rng = ["space", "paris", "love", "war"], np.random.default_rng(1)
    items = pd.DataFrame({"item_id": [f"i{number:02}" for number in range(80)],
                          "title": [f"{words[number % 4]} film {number}" for number in range(80)]})  # fmt: skip
    sides = [np.array([number for number in range(80) if number % 4 // 2 == side]) for side in (0, 1)]
    taken = [(user, item) for user in range(100) for item in rng.permutation(sides[user % 2])[:15]]
    moments = pd.date_range("2026-01-01", periods=len(taken), freq="min", tz="UTC")
    events = pd.DataFrame({"user_id": [f"u{user:02}" for user, _ in taken], "action": "play",
                           "item_id": [f"i{item:02}" for _, item in taken], "occurred_at": moments})  # fmt: skip
    for name, table in {"events": events, "items": items}.items():
        table.to_parquet(folder / f"{name}.parquet")
    return {name: str(folder / f"{name}.parquet") for name in ("events", "items")}
