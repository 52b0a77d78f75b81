"""From raw tables to good ones: converted, cut at the day, validated, deduplicated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd
from pandera.pandas import DataFrameSchema

from recsys import schema
from recsys.errors import DataError
from recsys.events import catalogue, quarantine, shape, validate
from recsys.events.columns import column_of, numbers, texts
from recsys.events.deduplicate import deduplicate
from recsys.events.times import end_of, times_of
from recsys.settings import EventSettings
from recsys.sources.tables import Tables


@dataclass(frozen=True)
class Partition:
    """Everything known up to a day: the good rows, the bad ones, and what was counted on the way."""

    events: pd.DataFrame
    items: pd.DataFrame
    users: pd.DataFrame
    follows: pd.DataFrame
    quarantine: pd.DataFrame
    rows: dict[str, int]


@dataclass(frozen=True)
class Judged:
    """A table split by its schema."""

    name: str
    good: pd.DataFrame
    bad: pd.DataFrame
    """Quarantine entries."""


def partition(raw: Tables, settings: EventSettings, as_of: date, keep_at: str) -> Partition:
    """Good rows up to `as_of` (inclusive, UTC) and the quarantine.

    Raises `DataError` when a table lacks a column or rows, or has too many bad rows; these are then kept at `keep_at`.
    """
    shape.check(raw)
    items = judge("items", raw.items, (table := catalogue.items(raw.items)), validate.items_schema(table))
    given = typed_events(raw.events, as_of)
    later = given[schema.OCCURRED_AT] > end_of(as_of)
    events = judge_events(raw.events, given[~later], items.good, settings)
    users = judge("users", raw.users, (table := catalogue.users(raw.users)), validate.users_schema(table))
    known = set(events.good[schema.USER_ID]) | set(users.good[schema.USER_ID])
    follows, unmet = judge_follows(raw.follows, known, set(given.loc[later, schema.USER_ID]) - known)
    judged = [events, items, users, follows]
    bad = pd.concat([table.bad for table in judged], ignore_index=True)
    totals = {table.name: len(table.good) + len(table.bad) for table in judged}
    quarantine.check_shares(bad, totals, settings.max_bad_share, keep_at)
    if events.good.empty:
        raise _no_events(given[schema.OCCURRED_AT], as_of)
    return _assemble(judged, bad, {"later than as_of": int(later.sum()) + unmet})


def judge(name: str, raw: pd.DataFrame | None, typed: pd.DataFrame, rules: DataFrameSchema) -> Judged:
    """The rows of a table that keep the rules, and quarantine entries for the rest."""
    why = validate.reasons(typed, rules)
    return Judged(name, typed.drop(index=why.index), quarantine.entries(name, typed if raw is None else raw, why))


def typed_events(raw: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Events with the columns of `schema.EVENTS` in their own types."""
    made = {name: texts(column_of(raw, name)) for name in schema.EVENTS}
    return pd.DataFrame({
        **made, schema.OCCURRED_AT: times_of(raw, as_of), schema.VALUE: numbers(column_of(raw, schema.VALUE)),
    })  # fmt: skip


def judge_events(raw: pd.DataFrame, events: pd.DataFrame, items: pd.DataFrame, settings: EventSettings) -> Judged:
    """Events that keep the rules; one without a domain takes its item's."""
    rated = schema.VALUE in raw.columns
    rules = validate.events_schema(events, settings.action_weights, items[schema.ITEM_ID], rated)
    judged = judge("events", raw, events, rules)
    domains = items.set_index(schema.ITEM_ID)[schema.DOMAIN]
    domain = judged.good[schema.DOMAIN].fillna(judged.good[schema.ITEM_ID].map(domains))
    return Judged(judged.name, judged.good.assign(**{schema.DOMAIN: domain.astype("str")}), judged.bad)


def judge_follows(raw: pd.DataFrame | None, known: set[str], later: set[str]) -> tuple[Judged, int]:
    """Follows between known users, and how many were left out because a user only comes after the day."""
    follows = catalogue.follows(raw)
    unmet = follows[schema.FOLLOWER_ID].isin(later) | follows[schema.FOLLOWEE_ID].isin(later)
    follows = follows[~unmet]
    return judge("follows", raw, follows, validate.follows_schema(follows, known)), int(unmet.sum())


def _assemble(judged: list[Judged], bad: pd.DataFrame, left_out: dict[str, int]) -> Partition:
    events, items, users, follows = (table.good for table in judged)
    unique = deduplicate(events)
    items = items.sort_values(schema.ITEM_ID, ignore_index=True).astype({schema.AVAILABLE: bool})
    rows = {
        "events": len(unique), "items": len(items), "users": len(users), "follows": len(follows),
        "duplicate events": len(events) - len(unique), **left_out,
        "items without text": int((items[schema.TEXT] == "").sum()), **quarantine.counts(bad),
    }  # fmt: skip
    ends = [schema.FOLLOWER_ID, schema.FOLLOWEE_ID]
    follows = follows.drop_duplicates(ends).sort_values(ends, ignore_index=True)
    return Partition(unique, items, users.sort_values(schema.USER_ID, ignore_index=True), follows, bad, rows)


def _no_events(times: pd.Series, as_of: date) -> DataError:
    return DataError(
        "there are no events up to the day", where="events", seen=f"events from {times.min()} to {times.max()}",
        expected=f"some until the end of {as_of} (UTC)", remedy="choose a later as_of",
    )  # fmt: skip
