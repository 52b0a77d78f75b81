"""The tables of a day with ids turned into row numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from recsys.events.ingest import Partition
from recsys.events.interactions import believed
from recsys.events.noise import Doubts
from recsys.events.side import side_information
from recsys.events.tables import Strings, Tables
from recsys.events.times import stand_in
from recsys.schema import ACTION, AVAILABLE, CATEGORY, FOLLOWEE_ID, FOLLOWER_ID, ITEM_ID, OCCURRED_AT, TITLE, USER_ID
from recsys.settings import EventSettings


def numbered(made: Partition, doubts: Doubts, settings: EventSettings) -> Tables:
    """The tables in row numbers; users are those of the events, of the user table and of the links."""
    user_ids, item_ids = _user_ids(made), made.items[ITEM_ID].to_numpy(object)
    title = made.items[TITLE].fillna("").astype(str)
    return Tables(
        user_ids, item_ids, title.where(title != "", made.items[ITEM_ID]).tolist(),
        made.items[CATEGORY].fillna("").astype(str).tolist(), made.items[AVAILABLE].to_numpy(bool),
        believed(made.events, doubts.factor, list(user_ids), list(item_ids), settings),
        side_information(made.users, made.follows, made.events, made.items, list(user_ids)),
        _are_timed(made.events, settings),
    )  # fmt: skip


def _user_ids(made: Partition) -> Strings:
    follows = made.follows
    named = [made.events[USER_ID], made.users[USER_ID], follows[FOLLOWER_ID], follows[FOLLOWEE_ID]]
    found: set[str] = set().union(*(column.drop_duplicates().astype(str) for column in named))
    return np.array(sorted(found), dtype=object)


def _are_timed(events: pd.DataFrame, settings: EventSettings) -> bool:
    counted = events[ACTION].map(dict(settings.action_weights)) != 0
    return not stand_in(events.loc[counted, OCCURRED_AT]).mean() >= 0.5
