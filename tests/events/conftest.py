"""Tiny input: three users, three items, four good events."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from recsys.events.ingest import partition
from recsys.settings import EventSettings
from recsys.sources import engine
from tests.raw import raw

AS_OF = date(2024, 1, 31)
PLAIN = EventSettings()
NOW = datetime(2024, 6, 1, tzinfo=UTC)
EVENTS = pd.DataFrame(
    {
        "user_id": ["ann", "ann", "bob", "cat"],
        "item_id": ["lamp", "rug", "lamp", "mug"],
        "action": ["buy", "rate", "view", "buy"],
        "occurred_at": ["2024-01-02", "2024-01-03", "2024-01-31T23:59:59Z", "2024-01-05"],
        "value": [None, 4.0, None, 2.0],
    }
)
ITEMS = pd.DataFrame(
    {
        "item_id": ["lamp", "rug", "mug"],
        "title": ["Lamp", "Rug", "Mug"],
        "category": ["light|home", "home", None],
        "domain": ["shop", "shop", "shop"],
    }
)


@dataclass(frozen=True)
class Ingested:
    """What a partition holds, with its events as they are written."""

    events: pd.DataFrame
    items: pd.DataFrame
    users: pd.DataFrame
    follows: pd.DataFrame
    quarantine: pd.DataFrame
    rows: dict[str, int]


Ingest = Callable[..., Ingested]


@pytest.fixture
def events() -> pd.DataFrame:
    return EVENTS.copy()


@pytest.fixture
def items() -> pd.DataFrame:
    return ITEMS.copy()


@pytest.fixture
def ingest(tmp_path: Path) -> Ingest:
    """Ingests the tiny input, with the tables given instead; bad rows do not stop it unless `most` says so."""

    def call(most: float = 1.0, as_of: date = AS_OF, settings: EventSettings = PLAIN, **tables: Any) -> Ingested:
        changed = settings.model_copy(update={"max_bad_share": most})
        keep_at = str(tmp_path / "kept" / "bad.parquet")
        with engine.opened() as con:
            made = partition(
                con, raw(con, **{"events": EVENTS, "items": ITEMS, **tables}), changed, as_of, keep_at, NOW
            )
            made.events.write_parquet(str(tmp_path / "events.parquet"))
        events = pd.read_parquet(tmp_path / "events.parquet")
        return Ingested(events, made.items, made.users, made.follows, made.quarantine, made.rows)

    return call
