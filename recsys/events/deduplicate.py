"""Events in one total order, each once."""

from __future__ import annotations

import numpy as np
import pandas as pd

from recsys import schema
from recsys.events.order import ORDER

SAME = [schema.USER_ID, schema.ITEM_ID, schema.ACTION, schema.OCCURRED_AT, schema.VALUE, schema.DOMAIN]


def deduplicate(events: pd.DataFrame) -> pd.DataFrame:
    """Events sorted by (user_id, occurred_at, event_id), each once: one of an `event_id`, one of the same content.

    An event without id gets a digest of its content as its id, so the order of the rows given does not matter.
    """
    named = events.assign(**{schema.EVENT_ID: events[schema.EVENT_ID].fillna(_content_ids(events))})
    unique = _sorted(named).drop_duplicates(schema.EVENT_ID).drop_duplicates(SAME)
    return unique.reset_index(drop=True)


def _sorted(events: pd.DataFrame) -> pd.DataFrame:
    """The events by `ORDER`, ties by what they say; the columns of text are compared where user and time are equal."""
    user = pd.factorize(events[schema.USER_ID], sort=True)[0]
    time = events[schema.OCCURRED_AT].to_numpy("datetime64[us]").astype(np.int64)
    places = np.lexsort((time, user))
    same = (np.diff(user[places]) == 0) & (np.diff(time[places]) == 0)
    tied = np.concatenate([same, [False]]) | np.concatenate([[False], same])
    numbered = events.iloc[places[tied]].assign(place=places[tied])
    keys = [*ORDER, schema.ITEM_ID, schema.ACTION, schema.VALUE]
    places[tied] = numbered.sort_values(keys, kind="stable")["place"]
    return events.iloc[places]


def _content_ids(events: pd.DataFrame) -> pd.Series:
    digits = pd.util.hash_pandas_object(events[SAME], index=False).to_numpy(">u8").tobytes().hex()
    return pd.Series([digits[at : at + 16] for at in range(0, len(digits), 16)], index=events.index, dtype="str")
