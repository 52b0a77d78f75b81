"""From raw tables to good ones: cut at the day, judged, deduplicated, sorted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from recsys import schema
from recsys.errors import DataError
from recsys.events import judge, quarantine, shape, typed
from recsys.events.deduplicate import deduplicate
from recsys.events.times import end_of
from recsys.events.weights import weigh
from recsys.settings import EventSettings
from recsys.sources.tables import Tables


@dataclass(frozen=True)
class Partition:
    """Everything known up to a day: good rows, bad ones, and what was counted on the way."""

    events: pd.DataFrame
    items: pd.DataFrame
    users: pd.DataFrame
    follows: pd.DataFrame
    quarantine: pd.DataFrame
    rows: dict[str, int]


def partition(raw: Tables, settings: EventSettings, as_of: date, keep_at: str) -> Partition:
    """Good rows up to `as_of` (inclusive, UTC) and the quarantine. Later events leave no trace but their number.

    Raises `DataError` when a table lacks a column or rows, or has too many bad rows; these are then kept at `keep_at`.
    """
    shape.check(raw)
    table = typed.events(raw.events, as_of)
    later = table[schema.OCCURRED_AT] > end_of(as_of)
    items, users = judge.items(raw.items), judge.users(raw.users)
    events = judge.events(raw.events, table[~later], items.good, settings)
    known = set(events.good[schema.USER_ID].unique()) | set(users.good[schema.USER_ID])
    follows = judge.follows(raw.follows, known, set(table.loc[later, schema.USER_ID].unique()) - known)
    judged = (items, users, events, follows)
    bad = pd.concat([table.bad for table in judged], ignore_index=True)
    quarantine.check_shares(bad, {table.name: table.total for table in judged}, settings.max_bad_share, keep_at)
    if events.good.empty:
        raise _no_events(table[schema.OCCURRED_AT], as_of)
    if not (weigh(events.good, settings) > 0).any():
        raise _no_choices(events.good)
    return _partition(events.good, items.good, users.good, follows.good, bad, int(later.sum()))


def _partition(
    events: pd.DataFrame, items: pd.DataFrame, users: pd.DataFrame, follows: pd.DataFrame, bad: pd.DataFrame, later: int
) -> Partition:
    unique = deduplicate(events)
    rows = {
        "events": len(unique), "items": len(items), "users": len(users), "follows": len(follows),
        "duplicate events": len(events) - len(unique), "events later than as_of": later,
        "items without text": int((items[schema.TEXT] == "").sum()), **quarantine.counts(bad),
    }  # fmt: skip
    return Partition(
        events=unique,
        items=items.sort_values(schema.ITEM_ID, ignore_index=True).astype({schema.AVAILABLE: bool}),
        users=users.sort_values(schema.USER_ID, ignore_index=True),
        follows=follows.sort_values([schema.FOLLOWER_ID, schema.FOLLOWEE_ID], ignore_index=True),
        quarantine=bad,
        rows=rows,
    )


def _no_events(times: pd.Series, as_of: date) -> DataError:
    return DataError(
        "there are no good events up to the day", where="events", seen=f"times from {times.min()} to {times.max()}",
        expected=f"some until the end of {as_of} (UTC)", remedy="choose a later as_of, or correct the source",
    )  # fmt: skip


def _no_choices(events: pd.DataFrame) -> DataError:
    counts = events[schema.ACTION].value_counts()
    return DataError(
        "no event speaks for an item, so there is nothing to learn from", where="events",
        seen=", ".join(f"{count} × {action}" for action, count in counts.items()),
        expected="some with a weight above 0",
        remedy="give their action a weight (events.action_weights), or say which rating is neutral "
        "(events.rating_neutral)",
    )  # fmt: skip
