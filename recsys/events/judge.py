"""Each table split in two: rows that keep the rules of its schema, and entries for the quarantine."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace

import pandas as pd
from pandera.pandas import DataFrameSchema

from recsys import schema
from recsys.events import quarantine, typed, validate
from recsys.events.columns import column_of
from recsys.settings import EventSettings


@dataclass(frozen=True)
class Judged:
    """A table after judgement."""

    name: str
    good: pd.DataFrame
    bad: pd.DataFrame
    """Quarantine entries: `schema.QUARANTINE`."""
    total: int
    """Rows judged."""


def items(raw: pd.DataFrame) -> Judged:
    """Items by `validate.items_schema`."""
    table = typed.items(raw)
    return _judge("items", raw, table, validate.items_schema(table))


def users(raw: pd.DataFrame | None) -> Judged:
    """Users by `validate.users_schema`."""
    table = typed.users(raw)
    return _judge("users", raw, table, validate.users_schema(table))


def events(raw: pd.DataFrame, table: pd.DataFrame, catalogue: pd.DataFrame, settings: EventSettings) -> Judged:
    """Typed events by `validate.events_schema`; one without a domain takes its item's."""
    rated = bool(column_of(raw, schema.VALUE).loc[table.index].notna().any())
    rules = validate.events_schema(table, settings.action_weights, catalogue[schema.ITEM_ID], rated)
    judged = _judge("events", raw, table, rules)
    domains = catalogue.set_index(schema.ITEM_ID)[schema.DOMAIN]
    domain = judged.good[schema.DOMAIN].fillna(judged.good[schema.ITEM_ID].map(domains)).astype("str")
    return replace(judged, good=judged.good.assign(**{schema.DOMAIN: domain}))


def follows(raw: pd.DataFrame | None, known: Set[str], later: Set[str]) -> Judged:
    """Follows by `validate.follows_schema`, each once; those of users who only come `later` are left out unjudged."""
    table = typed.follows(raw)
    met = ~(table[schema.FOLLOWER_ID].isin(later) | table[schema.FOLLOWEE_ID].isin(later))
    judged = _judge("follows", raw, table[met], validate.follows_schema(table[met], known))
    return replace(judged, good=judged.good.drop_duplicates([schema.FOLLOWER_ID, schema.FOLLOWEE_ID]))


def _judge(name: str, raw: pd.DataFrame | None, table: pd.DataFrame, rules: DataFrameSchema) -> Judged:
    why = validate.reasons(table, rules)
    bad = quarantine.entries(name, table if raw is None else raw, why)
    return Judged(name, table.drop(index=why.index), bad, total=len(table))
