"""What a user did and what items are called, read from the files of the day that is live."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from recsys.pages.files import read
from recsys.schema import ACTION, CATEGORY, EVENT_ID, ITEM_ID, OCCURRED_AT, TITLE, USER_ID, VALUE

SHOWN = 30
"""Latest events that a page shows."""


@dataclass(frozen=True)
class Item:
    """What an item is called."""

    title: str
    category: str


@dataclass(frozen=True)
class Event:
    """An event of a user."""

    item_id: str
    action: str
    value: float | None
    occurred_at: datetime | None


def events(folder: str, user_id: str, most: int = SHOWN) -> tuple[list[Event], int]:
    """The user's latest events, newest first, and how many there are in all."""
    columns = [ITEM_ID, ACTION, VALUE, OCCURRED_AT, EVENT_ID]
    found = read(folder, "events", columns, {USER_ID: [user_id]})
    ordered = sorted(
        found, key=lambda row: (row[OCCURRED_AT] is not None, row[OCCURRED_AT] or 0, str(row[EVENT_ID])), reverse=True
    )
    return [Event(*(row[name] for name in columns[:-1])) for row in ordered[:most]], len(found)


def items(folder: str, item_ids: Sequence[str]) -> dict[str, Item]:
    """What the items are called, by id; an item without a title goes by its id."""
    found = read(folder, "items", [ITEM_ID, TITLE, CATEGORY], {ITEM_ID: sorted(set(item_ids))})
    return {row[ITEM_ID]: Item(row[TITLE] or row[ITEM_ID], row[CATEGORY] or "") for row in found}
