"""Planted catalogues, as files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

SIDES = (("space", "paris"), ("love", "war"), ("robot", "wedding"), ("planet", "summer"))


def by_word(folder: Path) -> dict[str, str]:
    """Files of a catalogue in which who took items of one word takes those of the other word of its side next."""
    words, rng = [word for side in SIDES for word in side], np.random.default_rng(1)
    items = pd.DataFrame(
        {
            "item_id": [f"i{number:02}" for number in range(80)],
            "title": [f"{words[number % 8]} film {number}" for number in range(80)],
        }
    )
    of_word = [np.arange(word, 80, 8) for word in range(8)]
    taken = [
        (user, item)
        for user in range(400)
        for word in (user % 8, user % 8 ^ 1)
        for item in rng.permutation(of_word[word])[:6]
    ]
    times = pd.date_range("2026-01-01", periods=len(taken), freq="min", tz="UTC")
    events = pd.DataFrame(
        {
            "user_id": [f"u{user:03}" for user, _ in taken],
            "action": "play",
            "item_id": [f"i{item:02}" for _, item in taken],
            "occurred_at": times,
        }
    )
    for name, table in {"events": events, "items": items}.items():
        table.to_parquet(folder / f"{name}.parquet")
    return {name: str(folder / f"{name}.parquet") for name in ("events", "items")}
