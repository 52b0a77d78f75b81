"""What a good row is, as a pandera schema a table; the message of a check is the reason given to a bad row."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

import numpy as np
import pandas as pd
from pandera.errors import SchemaErrors
from pandera.pandas import Check, Column, DataFrameSchema

from recsys import schema
from recsys.events.quarantine import NO_ITEM, NO_TIME, UNKNOWN_ACTION, UNKNOWN_USER
from recsys.events.weights import RATED

LONGEST_ID = 10_000


def events_schema(events: pd.DataFrame, actions: Collection[str], item_ids: pd.Series, rated: bool) -> DataFrameSchema:
    """Good events: known ids, a configured action, a time, and a finite value where the action is a rating.

    `rated` is False for a table without values, in which a rating is only a sign of interest.
    """
    needs_value = events[schema.ACTION].isin(RATED) & rated
    return DataFrameSchema({
        schema.USER_ID: _id("user_id"),
        schema.ITEM_ID: _id("item_id", Check(lambda ids: ids.isin(item_ids), error=NO_ITEM)),
        schema.ACTION: _column(Check(lambda names: names.isin(actions), error=UNKNOWN_ACTION, ignore_na=False)),
        schema.OCCURRED_AT: _column(_present(NO_TIME)),
        schema.VALUE: _column(
            Check(lambda values: values.notna() | ~needs_value, error="rating without a value", ignore_na=False),
            Check(np.isfinite, error="value is not finite"),
        ),
    })  # fmt: skip


def items_schema(items: pd.DataFrame) -> DataFrameSchema:
    """Good items: an id of their own; the first row of an id wins."""
    first = ~items[schema.ITEM_ID].duplicated()
    return DataFrameSchema({
        schema.ITEM_ID: _id("item_id", Check(lambda ids: first[ids.index], error="duplicate item")),
        schema.AVAILABLE: _column(_present("available is neither true nor false")),
    })  # fmt: skip


def users_schema(users: pd.DataFrame) -> DataFrameSchema:
    """Good users: an id of their own; the first row of an id wins."""
    first = ~users[schema.USER_ID].duplicated()
    return DataFrameSchema(
        {schema.USER_ID: _id("user_id", Check(lambda ids: first[ids.index], error="duplicate user"))}
    )


def follows_schema(follows: pd.DataFrame, user_ids: Collection[str]) -> DataFrameSchema:
    """Good follows: two known users, not the same, and a finite weight above 0."""
    other = follows[schema.FOLLOWER_ID] != follows[schema.FOLLOWEE_ID]
    known = Check(lambda ids: ids.isin(user_ids), error=UNKNOWN_USER)
    return DataFrameSchema({
        schema.FOLLOWER_ID: _id("follower_id", known),
        schema.FOLLOWEE_ID: _id("followee_id", known, Check(lambda ids: other[ids.index], error="follows oneself")),
        schema.WEIGHT: _column(Check(lambda weight: (weight > 0) & np.isfinite(weight), error="weight is not above 0",
                                     ignore_na=False)),
    })  # fmt: skip


def reasons(table: pd.DataFrame, rules: DataFrameSchema) -> pd.Series:
    """Why each bad row is bad, by the index of the row: the first check that it fails. Good rows are not named."""
    try:
        rules.validate(table, lazy=True)
    except SchemaErrors as errors:
        failures = errors.failure_cases
        order = {check.error: place for place, check in enumerate(_checks(rules))}
        ranked = failures.assign(place=failures["check"].map(order)).sort_values(["index", "place"], kind="stable")
        return cast(pd.Series, ranked.drop_duplicates("index").set_index("index")["check"])
    return pd.Series(dtype="str")


def _checks(rules: DataFrameSchema) -> list[Check]:
    return [check for column in rules.columns.values() for check in column.checks]


def _id(name: str, *more: Check) -> Column:
    return _column(
        _present(f"null {name}"),
        Check(lambda ids: ids.str.len() <= LONGEST_ID, error=f"{name} longer than {LONGEST_ID} characters"),
        Check(lambda ids: ~ids.str.contains("\x00", regex=False), error=f"{name} with a NUL character"),
        *more,
    )


def _column(*checks: Check) -> Column:
    return Column(None, list(checks), nullable=True)


def _present(reason: str) -> Check:
    return Check(lambda values: values.notna(), error=reason, ignore_na=False)
