"""Events that came after those of a day, read and numbered alone: what a list is made anew for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

import numpy as np
import pandas as pd

from recsys import schema
from recsys.artifacts import Manifest
from recsys.events import judge, numbering, shape, tables, times
from recsys.events.deduplicate import deduplicated
from recsys.events.ingest import UNIQUE, catalogue
from recsys.events.interactions import Interactions
from recsys.events.tables import Strings, Tables
from recsys.privacy import intake
from recsys.settings import Settings
from recsys.sources import engine, source
from recsys.sources.engine import Connection
from recsys.sources.tables import Table
from recsys.sources.tables import Tables as Read

NOBODY = pd.DataFrame({schema.USER_ID: pd.Series(dtype="str")})
NO_FOLLOWS = pd.DataFrame({name: pd.Series(dtype="str") for name in schema.FOLLOWS}).astype({schema.WEIGHT: float})


def since(ingested: Manifest, settings: Settings, as_of: date, now: datetime) -> Tables:
    """What the source has now: all items, and of events those after the latest that was ingested, up to `as_of`.

    They are judged, deduplicated among themselves, weighed and down-weighted as ingest did it; bad events are dropped.
    Events that arrive late, with an earlier time, are left to the next day. Raises `DataError` as ingest does for
    tables that lack a column or rows.
    """
    latest = tables.read(ingested).interactions.day.max(initial=0.0)
    with engine.opened() as con:
        raw = source.read(con, settings.source)
        shape.check(raw, settings.events)
        few = intake.private(con, Read(_after(con, raw.events, latest), raw.items), settings.store)
        judge.items(con, few.items)
        judge.events(con, few.events, settings.events, as_of, now)
        deduplicated(con, judge.EVENTS, UNIQUE)
        gauge = tables.read_gauge(ingested)
        return numbering.numbered(con, UNIQUE, catalogue(con), NOBODY, NO_FOLLOWS, settings.events, gauge).tables


def _after(con: Connection, events: Table, latest: float) -> Table:
    """The events with a time after the given time, in days since 1970, taken out of the source once."""
    micro = int(np.rint(latest * 86_400 * times.MICRO))
    timed = events.rows.select(f"*, {times.parsed(events.rows)} AS recent_time")
    rows = timed.filter(f"{times.plausible('recent_time')} > make_timestamptz({micro})")
    return events.but(rows=engine.stored(con, "recent_events", rows.select("* EXCLUDE (recent_time)")), rejected=None)


def joined(before: Tables, after: Tables, user_ids: Sequence[str]) -> Interactions:
    """Histories of some users, of both tables, in the items of `before`; users are rows 0, 1, … in the order given.

    Events of other items are dropped. All of `after` are later than those of `before`.
    """
    parts = [_history(known, user_ids, before.item_ids) for known in (before, after)]
    user, item, weight, day = (np.concatenate([getattr(part, name) for part in parts]) for name in tables.EVENTS)
    again = [np.zeros(len(part.user), bool) if part.repeatable is None else part.repeatable for part in parts]
    order = np.argsort(user, kind="stable")
    repeatable = np.concatenate(again)[order]
    return Interactions(
        user[order],
        item[order],
        weight[order],
        day[order],
        len(user_ids),
        len(before.item_ids),
        repeatable if repeatable.any() else None,
    )


def _history(known: Tables, user_ids: Sequence[str], item_ids: Strings) -> Interactions:
    """Events of the users with these items; users and items are numbered by their places."""
    rows = pd.Index(known.user_ids).get_indexer(list(user_ids)).astype(np.int32)
    item = pd.Index(item_ids).get_indexer(known.item_ids).astype(np.int32)
    there = np.flatnonzero(rows >= 0).astype(np.int32)
    found = known.interactions.of_users(rows[there])
    kept = found.take(item[found.item] >= 0)
    return replace(kept, user=there[kept.user], item=item[kept.item], n_users=len(user_ids), n_items=len(item_ids))
