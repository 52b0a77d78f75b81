"""From raw tables to good ones: cut at the day, judged, deduplicated, sorted."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd
from pandas.api.types import is_object_dtype

from recsys import schema
from recsys.errors import DataError
from recsys.events import additions, judge, quarantine, reading, shape, words
from recsys.events.deduplicate import deduplicated
from recsys.events.weights import COUNTED, RATED, weigh
from recsys.settings import EventSettings
from recsys.sources.engine import Connection, Relation, identifier, row
from recsys.sources.names import RATINGS, plain
from recsys.sources.tables import Table, Tables

log = logging.getLogger(__name__)

UNIQUE = "events"
"""Table of the events, each once, in their order."""


@dataclass(frozen=True)
class Partition:
    """Everything known up to a day: good rows, bad ones, and what was counted on the way."""

    events: Relation
    """`schema.EVENTS`, and `schema.SPLIT` where it is given, in the total order; a table of the engine."""
    items: pd.DataFrame
    users: pd.DataFrame
    follows: pd.DataFrame
    quarantine: pd.DataFrame
    rows: dict[str, int]


def partition(
    con: Connection,
    raw: Tables,
    settings: EventSettings,
    as_of: date,
    keep_at: str,
    now: datetime,
    beside: str | None = None,
) -> Partition:
    """Good rows up to `as_of` (inclusive, UTC) and the quarantine. Later events leave no trace but their number.

    `beside` names a table of the engine with events of feedback, which count beside those of the source.

    Raises `DataError` when a table lacks a column or rows, or has too many bad rows; these are then kept at `keep_at`.
    """
    shape.check(raw, settings)
    reading.tell(raw)
    items, users = judge.items(con, raw.items), judge.users(con, raw.users)
    events, later = judge.events(con, raw.events, settings, as_of, now, beside)
    follows = judge.follows(con, raw.follows, as_of)
    judged = (items, users, events, follows)
    bad = pd.concat([table.bad for table in judged], ignore_index=True)
    quarantine.check_shares(bad, {table.name: table.total for table in judged}, settings.max_bad_share, keep_at)
    _check_events(con, settings, as_of)
    _warn_of_ratings(con, raw.events)
    return _partition(con, bad, later, additions.count(con, judge.EVENTS) if beside else {})


def _partition(con: Connection, bad: pd.DataFrame, later: int, added: dict[str, int]) -> Partition:
    dropped = deduplicated(con, judge.EVENTS, UNIQUE)
    items, users = catalogue(con), _sorted(con, judge.USERS, schema.USER_ID)
    follows = _sorted(con, judge.FOLLOWS, schema.FOLLOWER_ID, schema.FOLLOWEE_ID)
    _warn_of_unknown_users(con, users)
    (count,) = row(con, f"SELECT count(*) FROM {UNIQUE}")
    rows = {
        "events": count,
        "items": len(items),
        "users": len(users),
        "follows": len(follows),
        **dropped,
        **added,
        "events later than as_of": later,
        "items without text": int((items[schema.TEXT] == "").sum()),
        **quarantine.counts(bad),
    }
    columns = [name for name in con.table(UNIQUE).columns if name in (*schema.EVENTS, schema.SPLIT)]
    events = con.table(UNIQUE).select(", ".join(sorted(columns, key=(*schema.EVENTS, schema.SPLIT).index)))
    return Partition(events, items[list(schema.ITEMS)], users, follows, bad, rows)


def catalogue(con: Connection) -> pd.DataFrame:
    """The good items with their texts, by id."""
    return words.cleaned(_sorted(con, judge.ITEMS, schema.ITEM_ID)).astype({schema.AVAILABLE: bool})


def _sorted(con: Connection, table: str, *keys: str) -> pd.DataFrame:
    columns = ", ".join(identifier(name) for name in con.table(table).columns if name != schema.ROW)
    frame = con.table(table).order(", ".join(keys)).select(columns).df()
    return frame.astype({name: "str" for name, kind in frame.dtypes.items() if is_object_dtype(kind)})


def _warn_of_unknown_users(con: Connection, users: pd.DataFrame) -> None:
    (met,) = row(con, f"SELECT count(*) FROM {judge.USERS} SEMI JOIN {UNIQUE} USING ({schema.USER_ID})")
    if len(users) and not met:
        log.warning("ingest: no user of the user table has an event; are the ids those of the events?")


def _warn_of_ratings(con: Connection, events: Table) -> None:
    name = events.named.get(schema.VALUE, "")
    actions = [action for (action,) in con.table(judge.EVENTS).select(schema.ACTION).distinct().fetchall()]
    if plain(name) in RATINGS and not set(actions) & {*RATED, *COUNTED}:
        log.warning(
            "ingest: %s is not looked at, for no event is a rating (%s) or an amount (%s); without a column of "
            "actions the events are ratings",
            name,
            ", ".join(RATED),
            ", ".join(COUNTED),
        )


def _check_events(con: Connection, settings: EventSettings, as_of: date) -> None:
    kinds = con.table(judge.EVENTS).aggregate(f"{schema.ACTION}, {schema.VALUE}, count(*) AS count").df()
    if kinds.empty:
        raise _no_events(con, as_of)
    if not (weigh(kinds, settings) > 0).any():
        raise _no_positives(kinds)


def _no_events(con: Connection, as_of: date) -> DataError:
    first, last = row(con, f"SELECT min({schema.OCCURRED_AT}), max({schema.OCCURRED_AT}) FROM typed_events")
    return DataError(
        "there are no good events up to the day",
        where="events",
        seen=f"times from {first} to {last}",
        expected=f"some until the end of {as_of} (UTC)",
        remedy="choose a later as_of, or correct the source",
    )


def _no_positives(kinds: pd.DataFrame) -> DataError:
    counts = kinds.groupby(schema.ACTION)["count"].sum().sort_values(ascending=False)
    return DataError(
        "no event is positive, so there is nothing to learn from",
        where="events",
        seen=", ".join(f"{count} × {action}" for action, count in counts.items()),
        expected="some with a weight above 0",
        remedy="give their action a weight (events.action_weights), or say which rating is neutral "
        "(events.rating_neutral)",
    )
