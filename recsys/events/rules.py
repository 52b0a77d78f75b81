"""What a good row is: for each table the reasons against a row, in the order in which they are given."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from recsys import schema
from recsys.events import typed
from recsys.events.quarantine import NO_FLAG, NO_ITEM, NO_NUMBER, NO_TIME, UNKNOWN_ACTION, UNKNOWN_USER
from recsys.events.weights import RATED
from recsys.sources.engine import literal

MAX_ID = 10_000
"""Characters of an id."""

Rules = Mapping[str, str]
"""For each reason, SQL for where it holds against a row."""


def events(actions: Collection[str], catalogue: str, rated: bool) -> Rules:
    """Good events: known ids, a configured action, a time, and a finite value where the action is a rating.

    `catalogue` is the table of good items; `rated` is False for events without values, in which a rating is only a sign
    of interest.
    """
    needs_value = f"{rated} AND {among(schema.ACTION, f'value IN ({_listed(RATED)})')}"
    unknown = among(schema.ACTION, f"value NOT IN ({_listed(actions)})")
    return {
        **_enumerated_id(schema.USER_ID),
        **_enumerated_id(schema.ITEM_ID),
        NO_ITEM: among(schema.ITEM_ID, f"value NOT IN (SELECT {schema.ITEM_ID} FROM {catalogue})"),
        UNKNOWN_ACTION: f"{schema.ACTION} IS NULL OR {unknown}",
        NO_TIME: f"{schema.OCCURRED_AT} IS NULL",
        NO_NUMBER: typed.NO_NUMBER,
        "rating without a value": f"{needs_value} AND {schema.VALUE} IS NULL",
        "value is not finite": f"NOT isfinite({schema.VALUE})",
    }


def items() -> Rules:
    """Good items: an id of their own, of which the first row wins."""
    return {**_id(schema.ITEM_ID), **_own(schema.ITEM_ID, "item"), NO_FLAG: f"{schema.AVAILABLE} IS NULL"}


def users() -> Rules:
    """Good users: an id of their own, of which the first row wins."""
    return {**_id(schema.USER_ID), **_own(schema.USER_ID, "user")}


def follows(people: str) -> Rules:
    """Good follows: two known users, not the same, and a finite weight above 0; `people` is a table of the known."""
    ends = (schema.FOLLOWER_ID, schema.FOLLOWEE_ID)
    return {
        **_id(ends[0]),
        **_id(ends[1]),
        UNKNOWN_USER: " OR ".join(f"{end} NOT IN (SELECT {schema.USER_ID} FROM {people})" for end in ends),
        "follows oneself": f"{ends[0]} = {ends[1]}",
        "weight is not above 0": f"NOT coalesce({schema.WEIGHT} > 0 AND isfinite({schema.WEIGHT}), false)",
    }


def verdict(rules: Rules) -> str:
    """SQL for the first reason that holds against a row; null for a good row."""
    cases = " ".join(f"WHEN {condition} THEN {literal(reason)}" for reason, condition in rules.items())
    return f"CASE {cases} END"


def _id(name: str) -> Rules:
    return {
        f"null {name}": f"{name} IS NULL",
        f"{name} longer than {MAX_ID} characters": f"length({name}::VARCHAR) > {MAX_ID}",
        f"{name} with a NUL character": f"contains({name}::VARCHAR, chr(0))",
    }


def _enumerated_id(name: str) -> Rules:
    """As `_id`, for values that are enumerated."""
    null, *others = _id("value")
    held = {reason.replace("value", name): among(name, _id("value")[reason]) for reason in others}
    return {null.replace("value", name): f"{name} IS NULL", **held}


def among(name: str, condition: str) -> str:
    """SQL for where a column of events has a value for which a condition holds.

    Each value is looked at once, however many rows have it.
    """
    return f"{name} IN (SELECT value::{typed.enumerated(name)} FROM {typed.values(name)} WHERE {condition})"


def _own(name: str, what: str) -> Rules:
    return {f"duplicate {what}": f"row_number() OVER (PARTITION BY {name} ORDER BY {schema.ROW}) > 1"}


def _listed(names: Collection[str]) -> str:
    return ", ".join(literal(name) for name in names)
