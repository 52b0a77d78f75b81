"""A small shop that is fine, and the page of it with some tables changed."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from recsys.check.page import Page, check
from recsys.check.section import Section
from recsys.settings import load

NOW = datetime(2024, 6, 1, tzinfo=UTC)
EVENTS = pd.DataFrame(
    {
        "user_id": ["ann", "ann", "bob", "cat"],
        "item_id": ["lamp", "rug", "lamp", "mug"],
        "action": ["buy", "rate", "view", "buy"],
        "occurred_at": ["2024-01-02T10:00:00Z", "2024-01-03T11:00:00Z", "2024-01-31T23:59:59Z", "2024-01-05T09:00:00Z"],
        "value": [None, 4.0, None, 2.0],
    }
)
ITEMS = pd.DataFrame({"item_id": ["lamp", "rug", "mug"], "title": ["Lamp", "Rug", "Mug"]})

Check = Callable[..., Page]


@pytest.fixture
def check_tables(tmp_path: Path) -> Check:
    def call(*overrides: str, whole: bool = False, **tables: pd.DataFrame) -> Page:
        given = {"events": EVENTS, "items": ITEMS, **tables}
        for name, table in given.items():
            table.to_csv(tmp_path / f"{name}.csv", index=False)
        files = [f"source.{name}={tmp_path / name}.csv" for name in given]
        return check(load(["source.kind=files", *files, *overrides]), None, NOW, whole)

    return call


def section(page: Page, name: str) -> Section:
    (found,) = (part for part in page.sections if part.name == name)
    return found


def noted(page: Page, name: str) -> str:
    return "\n".join(note.text for note in section(page, name).notes)


def facts(page: Page, name: str) -> Any:
    return section(page, name).facts
