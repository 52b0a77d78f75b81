"""The tables of a day with ids turned into row numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from recsys.events.interactions import believed
from recsys.events.noise import Doubts
from recsys.events.side import side_information
from recsys.events.tables import Strings, Tables
from recsys.events.times import stand_in
from recsys.schema import (
    ACTION,
    AVAILABLE,
    CATEGORY,
    DOMAIN,
    EVENT_ID,
    FOLLOWEE_ID,
    FOLLOWER_ID,
    ITEM_ID,
    OCCURRED_AT,
    TITLE,
    USER_ID,
    VALUE,
)  # fmt: skip
from recsys.settings import EventSettings
from recsys.sources.engine import Relation


def frame(events: Relation) -> pd.DataFrame:
    """Events in their order, with texts as categories: a few bytes a value, whatever its length.

    In place of an `event_id` stands the number of the row, which orders them as it does.
    """
    columns = [USER_ID, ITEM_ID, ACTION, DOMAIN, f"{OCCURRED_AT}::TIMESTAMP AS {OCCURRED_AT}", VALUE]
    made = events.select(", ".join([*columns, f"row_number() OVER () AS {EVENT_ID}"])).df()
    return made.assign(**{OCCURRED_AT: made[OCCURRED_AT].dt.tz_localize("UTC").dt.as_unit("us")})


def numbered(
    events: pd.DataFrame, items: pd.DataFrame, users: pd.DataFrame, follows: pd.DataFrame, doubts: Doubts,
    settings: EventSettings,
) -> Tables:  # fmt: skip
    """The tables in row numbers; users are those of the events, of the user table and of the links."""
    named = [events[USER_ID], users[USER_ID], follows[FOLLOWER_ID], follows[FOLLOWEE_ID]]
    user_ids, item_ids = _distinct(named), items[ITEM_ID].to_numpy(object)
    title = items[TITLE].fillna("").astype(str)
    return Tables(
        user_ids, item_ids, title.where(title != "", items[ITEM_ID]).tolist(),
        items[CATEGORY].fillna("").astype(str).tolist(), items[AVAILABLE].to_numpy(bool),
        believed(events, doubts.factor, list(user_ids), list(item_ids), settings),
        side_information(users, follows, events, items, list(user_ids)),
        _are_timed(events, settings),
    )  # fmt: skip


def _distinct(columns: list[pd.Series]) -> Strings:
    found: set[str] = set().union(*(column.drop_duplicates().astype(str) for column in columns))
    return np.array(sorted(found), dtype=object)


def _are_timed(events: pd.DataFrame, settings: EventSettings) -> bool:
    counted = events[ACTION].map(dict(settings.action_weights)) != 0
    return not stand_in(events.loc[counted, OCCURRED_AT]).mean() >= 0.5
