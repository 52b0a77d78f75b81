"""Tiny input: three users, three items, four good events."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from recsys.events.ingest import Partition, partition
from recsys.settings import EventSettings
from recsys.sources.tables import Tables

AS_OF = date(2024, 1, 31)
EVENTS = pd.DataFrame({
    "user_id": ["ann", "ann", "bob", "cat"],
    "item_id": ["lamp", "rug", "lamp", "mug"],
    "action": ["buy", "rate", "view", "buy"],
    "occurred_at": ["2024-01-02", "2024-01-03", "2024-01-31T23:59:59Z", "2024-01-05"],
    "value": [None, 4.0, None, 2.0],
})  # fmt: skip
ITEMS = pd.DataFrame({
    "item_id": ["lamp", "rug", "mug"],
    "title": ["Lamp", "Rug", "Mug"],
    "category": ["light|home", "home", None],
    "domain": ["shop", "shop", "shop"],
})  # fmt: skip

Ingest = Callable[..., Partition]


@pytest.fixture
def events() -> pd.DataFrame:
    return EVENTS.copy()


@pytest.fixture
def items() -> pd.DataFrame:
    return ITEMS.copy()


@pytest.fixture
def ingest(tmp_path: Path) -> Ingest:
    """Ingests the tiny input, with the tables given instead; bad rows do not stop it unless `most` says so."""

    def call(most: float = 1.0, as_of: date = AS_OF, **tables: Any) -> Partition:
        raw = Tables(**{"events": EVENTS, "items": ITEMS, **tables})
        return partition(raw, EventSettings(max_bad_share=most), as_of, str(tmp_path / "kept" / "bad.parquet"))

    return call
