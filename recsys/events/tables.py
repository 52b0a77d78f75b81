"""The ingested tables of a day, with ids turned into rows once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from recsys.artifacts import Manifest
from recsys.events.interactions import Interactions, Mask, number
from recsys.events.side import SideInformation, side_information
from recsys.events.times import stand_in
from recsys.schema import ACTION, AVAILABLE, CATEGORY, FOLLOWEE_ID, FOLLOWER_ID, ITEM_ID, OCCURRED_AT, TITLE, USER_ID
from recsys.settings import EventSettings

Strings = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Tables:
    """Everything known of a day. Row numbers index these arrays; ids are sorted, so they do not depend on order."""

    user_ids: Strings
    item_ids: Strings
    titles: Sequence[str]
    categories: Sequence[str]
    available: Mask
    interactions: Interactions
    side: SideInformation
    timed: bool
    """False: an order stands in for most times of the events that weigh something, and says nothing across users."""

    def moment(self, as_of: date) -> float:
        """When a run of that day asks, in days since 1970: at its end, or where there are no times after all events."""
        return end_of(as_of) if self.timed else self.interactions.end


def end_of(as_of: date) -> float:
    """The moment at which a day is over, in days since 1970."""
    return float((as_of - date(1970, 1, 1)).days + 1)


def read(ingested: Manifest, settings: EventSettings) -> Tables:
    """The tables that ingest wrote; users are those of the events and of the user table."""
    events, items, users, follows = (
        pd.read_parquet(ingested.path(f"{name}.parquet")) for name in ("events", "items", "users", "follows")
    )
    named = [events[USER_ID], users[USER_ID], follows[FOLLOWER_ID], follows[FOLLOWEE_ID]]
    user_ids = np.array(sorted(set().union(*(set(column.astype(str)) for column in named))), dtype=object)
    item_ids = items[ITEM_ID].to_numpy(object)
    title = items[TITLE].fillna("").astype(str)
    return Tables(
        user_ids, item_ids, title.where(title != "", items[ITEM_ID]).tolist(),
        items[CATEGORY].fillna("").astype(str).tolist(), items[AVAILABLE].to_numpy(bool),
        number(events, list(user_ids), list(item_ids), settings),
        side_information(users, follows, events, items, list(user_ids)), _are_timed(events, settings),
    )  # fmt: skip


def _are_timed(events: pd.DataFrame, settings: EventSettings) -> bool:
    counted = events[ACTION].map(dict(settings.action_weights)) != 0
    return not stand_in(events.loc[counted, OCCURRED_AT]).mean() >= 0.5
