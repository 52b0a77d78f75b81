"""Whether the tables can be judged at all: their columns are there, and rows where rows are needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from recsys import schema
from recsys.errors import DataError, override
from recsys.settings import EventSettings
from recsys.sources.names import RATINGS, near, plain
from recsys.sources.tables import Table, Tables

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "events": (schema.USER_ID, schema.ITEM_ID),
    "items": (schema.ITEM_ID,),
    "users": (schema.USER_ID,),
    "follows": (schema.FOLLOWER_ID, schema.FOLLOWEE_ID),
}
READABLE = (schema.TITLE, schema.CATEGORY, schema.DESCRIPTION)


def check(raw: Tables, settings: EventSettings) -> None:
    """Raises `DataError` for a missing column, for no events, no items, or items without any text column."""
    for name, table in raw:
        _check_columns(name, table.rows.columns, REQUIRED[name])
    if schema.ACTION not in raw.events.rows.columns and not default_action(raw.events, settings):
        raise DataError(
            "the events table lacks a column",
            where="events",
            seen=", ".join(raw.events.rows.columns),
            expected=schema.ACTION,
            remedy="name the action of all events by "
            f"{override('events.default_action=rate')} (or buy, view, …), or the column that holds it by "
            "source.columns",
        )
    for name, table in (("events", raw.events), ("items", raw.items)):
        if not table.rows.limit(1).fetchall():
            raise DataError(
                f"the {name} table has no rows",
                where=name,
                seen="0 rows",
                expected="at least one row",
                remedy="check what wrote it",
            )
    if not set(READABLE) & set(raw.items.rows.columns):
        raise _missing("items", raw.items.rows.columns, f"one of {', '.join(READABLE)}", schema.TITLE)


def default_action(events: Table, settings: EventSettings) -> str:
    """The action of events without a column of actions: that of the settings, else `rate` where they are ratings."""
    rated = plain(events.named.get(schema.VALUE, "")) in RATINGS
    return settings.default_action or ("rate" if rated else "")


def _check_columns(name: str, columns: Sequence[str], required: tuple[str, ...]) -> None:
    missing = [column for column in required if column not in columns]
    if missing:
        raise _missing(name, columns, ", ".join(missing), missing[0])


def _missing(name: str, columns: Sequence[str], expected: str, first: str) -> DataError:
    seen = ", ".join(columns) or "no columns"
    close = near(first, name, columns)
    like = f" such as {' or '.join(close)}" if close else ""
    return DataError(
        f"the {name} table lacks a column",
        where=name,
        seen=seen,
        expected=expected,
        remedy=f"rename the column that holds it{like}, or name it: "
        + override(f'source.columns={{"{first}": "{close[0] if close else "…"}"}}'),
    )
