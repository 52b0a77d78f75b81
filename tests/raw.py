"""Tables of a source from data frames."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from recsys.events import typed
from recsys.settings import EventSettings, SourceSettings
from recsys.sources import engine, frames
from recsys.sources.engine import Connection
from recsys.sources.source import named
from recsys.sources.tables import Tables


def raw(con: Connection, **tables: Any) -> Tables:
    """The tables as a source of these data frames returns them; None is a table that there is not."""
    found = {
        name: named(name, frames.scan(con, name, frame), SourceSettings())
        for name, frame in tables.items()
        if frame is not None
    }
    return Tables(**found)


def typed_events(events: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Events in their types, in the order of their rows, with an order standing in for times that are not there."""
    whole = events.assign(**{name: "x" for name in ("user_id", "item_id", "action") if name not in events})
    with engine.opened() as con:
        tables = raw(con, events=whole, items=whole)
        typed.items(con, tables.items.rows)
        made = typed.events(con, tables.events, EventSettings(), as_of)
        found = made.order("row").df()
    return found.assign(occurred_at=pd.to_datetime(found["occurred_at"], utc=True).dt.as_unit("us"))


def times_of(events: pd.DataFrame, as_of: date) -> pd.Series:
    """The times of `typed_events`."""
    return typed_events(events, as_of)["occurred_at"]
