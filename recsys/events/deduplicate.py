"""Events in one total order, each once."""

from __future__ import annotations

import pandas as pd

from recsys import schema
from recsys.events.order import ORDER

SAME = [schema.USER_ID, schema.ITEM_ID, schema.ACTION, schema.OCCURRED_AT, schema.VALUE, schema.DOMAIN]


def deduplicate(events: pd.DataFrame) -> pd.DataFrame:
    """Events sorted by (user_id, occurred_at, event_id), each once: one of an `event_id`, one of the same content.

    An event without id gets a digest of its content as its id, so the order of the rows given does not matter.
    """
    named = events.assign(**{schema.EVENT_ID: events[schema.EVENT_ID].fillna(_content_ids(events))})
    ordered = named.sort_values([*ORDER, schema.ITEM_ID, schema.ACTION, schema.VALUE], kind="stable")
    unique = ordered.drop_duplicates(schema.EVENT_ID).drop_duplicates(SAME)
    return unique.reset_index(drop=True)


def _content_ids(events: pd.DataFrame) -> pd.Series:
    digits = pd.util.hash_pandas_object(events[SAME], index=False).to_numpy(">u8").tobytes().hex()
    return pd.Series([digits[at : at + 16] for at in range(0, len(digits), 16)], index=events.index, dtype="str")
