"""Users as a person wants to see them: what they liked, their interests before and after transfer, what they get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from recsys.events.weights import weigh
from recsys.schema import (
    ALPHA,
    DONOR,
    EVENT_ID,
    EVIDENCE,
    ITEM_ID,
    OBSERVED,
    OCCURRED_AT,
    SEGMENT,
    TITLE,
    TRANSFERRED,
    USER_ID,
)  # fmt: skip
from recsys.settings import EventSettings
from recsys.stages import Inputs

Shares = list[tuple[str, float]]
"""Names and shares, greatest first."""

WANTED = (3, 30, 250)
"""Positive events of the users to show: little is known of one, something of the next, a lot of the last."""


@dataclass(frozen=True)
class Tables:
    """What portraits are drawn from; the contract of each table is its stage's."""

    events: pd.DataFrame
    items: pd.DataFrame
    interests: pd.DataFrame
    trace: pd.DataFrame


@dataclass(frozen=True)
class Portrait:
    """One user before their recommendations."""

    user_id: str
    positives: int
    """Events that speak for an item."""
    evidence: float
    segment: str
    alpha: float
    """Share of what follows that came from donors."""
    liked: list[str]
    before: Shares
    after: Shares
    donors: Shares


def tables(made: Inputs) -> Tables:
    """The tables of a run, read from its stages' files."""
    (ingest,), (interests,), (transfer,) = made["ingest"], made["interests"], made["transfer"]
    return Tables(
        pd.read_parquet(ingest.path("events.parquet")),
        pd.read_parquet(ingest.path("items.parquet")),
        pd.read_parquet(interests.path("interests.parquet")),
        pd.read_parquet(transfer.path("trace.parquet")),
    )


def titles(items: pd.DataFrame) -> Mapping[str, str]:
    """Title of each item; its id where it has none."""
    named = items[TITLE].where(items[TITLE].fillna("") != "", items[ITEM_ID])
    return dict(zip(items[ITEM_ID], named, strict=True))


def portraits(given: Tables, settings: EventSettings, wanted: Sequence[int] = WANTED) -> list[Portrait]:
    """One user for each wanted number of positive events: the nearest, by id where two are as near."""
    events = given.events.assign(weight=weigh(given.events, settings))
    liked = events[events["weight"] > 0]
    counts = liked.groupby(USER_ID).size().reindex(sorted(given.trace[USER_ID]), fill_value=0)
    chosen = dict.fromkeys(str((counts - number).abs().idxmin()) for number in wanted)
    return [_portrait(given, liked[liked[USER_ID] == user_id], user_id) for user_id in chosen]


def _portrait(given: Tables, liked: pd.DataFrame, user_id: str, most: int = 5) -> Portrait:
    trace = given.trace[given.trace[USER_ID] == user_id].iloc[0]
    name_of, names = titles(given.items), list(given.interests["name"])
    best = liked.sort_values(["weight", OCCURRED_AT, EVENT_ID], ascending=[False, False, True])[ITEM_ID].head(most)
    return Portrait(
        user_id, len(liked), float(trace[EVIDENCE]), str(trace[SEGMENT]), float(trace[ALPHA]),
        [name_of.get(item_id, item_id) for item_id in best],
        _top(names, trace[OBSERVED]), _top(names, trace[TRANSFERRED]),
        sorted(((one[DONOR], float(one["share"])) for one in trace["donors"]), key=lambda pair: -pair[1]),
    )  # fmt: skip


def _top(names: Sequence[str], shares: Any, most: int = 3) -> Shares:
    """The greatest shares by name; none of a user nothing is known about."""
    values = np.asarray(shares if shares is not None else [], float)
    return [(names[row], float(values[row])) for row in np.argsort(-values, kind="stable")[:most]]
