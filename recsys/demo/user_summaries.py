"""Users as a person wants to see them: what they liked, their interests before and after transfer, what they get."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from recsys.events.weights import weigh
from recsys.schema import (
    ALPHA,
    ARM,
    DONOR,
    EVENT_ID,
    EVIDENCE,
    ITEM_ID,
    ITEM_IDS,
    MADE_ON,
    NO_TRANSFER,
    OBSERVED,
    OCCURRED_AT,
    SEGMENT,
    TITLE,
    TRANSFERRED,
    USER_ID,
)
from recsys.settings import EventSettings
from recsys.stages import Inputs
from recsys.transfer.words import OWN

Shares = list[tuple[str, float]]
"""Names and shares, greatest first."""

WANTED: Mapping[str, int] = {"with a long history": 250, "with few events": 3}
"""Positive events of the users to show."""
CHANGED = "whose list transfer changed most"
SHOWN = 10
"""Places of a list that are compared."""


@dataclass(frozen=True)
class Tables:
    """What user summaries are made from; the contract of each table is its stage's."""

    events: pd.DataFrame
    items: pd.DataFrame
    interests: pd.DataFrame
    trace: pd.DataFrame
    lists: pd.DataFrame
    """`user_id`, `item_ids` of the lists that were made today, with transfer."""
    without: pd.DataFrame
    """The same of the arm without transfer, of a sample of users."""


@dataclass(frozen=True)
class UserSummary:
    """A user before their recommendations."""

    user_id: str
    why: str
    """What the user is an example of."""
    positives: int
    """Positive events."""
    evidence: float
    segment: str
    alpha: float
    """Share of what follows that came from donors."""
    liked: list[str]
    before: Shares
    after: Shares
    made_of: Shares
    """Whose the interests after transfer are: the user's own share, and that of each donor."""
    without: list[str]
    """Titles of the list without transfer; empty for a user who is no example of that."""


def tables(made: Inputs, as_of: str) -> Tables:
    """The tables of the run of a day, read from its stages' files."""
    (ingest,), (interests,), (transfer,) = made["ingest"], made["interests"], made["transfer"]
    lists, made_on, baselines = (
        pd.concat([pd.read_parquet(shard.path(f"{name}.parquet")) for shard in made["rank"]], ignore_index=True)
        for name in ("recommendations", "provenance", "baselines")
    )
    today = made_on.loc[made_on[MADE_ON].astype(str) == as_of, USER_ID]
    return Tables(
        pd.read_parquet(ingest.path("events.parquet")),
        pd.read_parquet(ingest.path("items.parquet")),
        pd.read_parquet(interests.path("interests.parquet")),
        pd.read_parquet(transfer.path("trace.parquet")),
        lists.loc[lists[USER_ID].isin(today), [USER_ID, ITEM_IDS]],
        baselines.loc[baselines[ARM] == NO_TRANSFER, [USER_ID, ITEM_IDS]],
    )


def titles(items: pd.DataFrame) -> Mapping[str, str]:
    """Title of each item; its id where it has none."""
    named = items[TITLE].where(items[TITLE].fillna("") != "", items[ITEM_ID])
    return dict(zip(items[ITEM_ID], named, strict=True))


def user_summaries(given: Tables, settings: EventSettings, wanted: Mapping[str, int] = WANTED) -> list[UserSummary]:
    """A user for each wanted number of positive events, the nearest, and the user whose list transfer changed most.

    Of two that are as good, the user with the smaller id. A user is shown once.
    """
    events = given.events.assign(weight=weigh(given.events, settings))
    liked = events[events["weight"] > 0]
    counts = liked.groupby(USER_ID).size().reindex(sorted(given.trace[USER_ID]), fill_value=0)
    selected: dict[str, str] = {}
    for why, number in wanted.items():
        selected.setdefault(str((counts - number).abs().idxmin()), why)
    changed = next((user_id for user_id in most_changed(given) if user_id not in selected), None)
    if changed is not None:
        selected[changed] = CHANGED
    return [_summary(given, liked[liked[USER_ID] == user_id], user_id, why) for user_id, why in selected.items()]


def most_changed(given: Tables) -> Iterator[str]:
    """Users by how many places of their list transfer fills otherwise, times alpha: the share of what is transferred.

    Most first; without those whom it changes nothing for.
    """
    both = given.lists.merge(given.without, on=USER_ID, suffixes=("", "_without"))
    otherwise = [
        len({*with_[:SHOWN]} - {*without[:SHOWN]})
        for with_, without in zip(both[ITEM_IDS], both[f"{ITEM_IDS}_without"], strict=True)
    ]
    weight = both[USER_ID].map(given.trace.set_index(USER_ID)[ALPHA]).round(2) * otherwise
    ordered = both.assign(weight=weight).sort_values(["weight", USER_ID], ascending=[False, True])
    return iter(ordered.loc[ordered["weight"] > 0, USER_ID])


def _summary(given: Tables, liked: pd.DataFrame, user_id: str, why: str, most: int = 5) -> UserSummary:
    trace = given.trace[given.trace[USER_ID] == user_id].iloc[0]
    name_of, names = titles(given.items), list(given.interests["name"])
    best = liked.sort_values(["weight", OCCURRED_AT, EVENT_ID], ascending=[False, False, True])[ITEM_ID].head(most)
    without = given.without.loc[given.without[USER_ID] == user_id, ITEM_IDS] if why == CHANGED else ()
    return UserSummary(
        user_id=user_id,
        why=why,
        positives=len(liked),
        evidence=float(trace[EVIDENCE]),
        segment=str(trace[SEGMENT]),
        alpha=float(trace[ALPHA]),
        liked=[name_of.get(item_id, item_id) for item_id in best],
        before=top(names, trace[OBSERVED]),
        after=top(names, trace[TRANSFERRED]),
        made_of=parts(float(trace[ALPHA]), [(donor[DONOR], float(donor["share"])) for donor in trace["donors"]]),
        without=[name_of.get(item_id, item_id) for items in without for item_id in items],
    )


def parts(alpha: float, donors: Shares) -> Shares:
    """Shares of the user and of each donor in what follows from them; sum to 1.

    >>> parts(0.5, [("population", 0.25), ("follows", 0.75)])
    [('own', 0.5), ('follows', 0.375), ('population', 0.125)]
    """
    of_donors = sorted(((name, alpha * share) for name, share in donors), key=lambda pair: (-pair[1], pair[0]))
    return [(OWN, 1 - alpha), *of_donors]


def top(names: Sequence[str], shares: Any, most: int = 3) -> Shares:
    """The greatest shares by name; none of a user nothing is known about."""
    values = np.asarray(shares if shares is not None else [], float)
    return [(names[row], float(values[row])) for row in np.argsort(-values, kind="stable")[:most]]
