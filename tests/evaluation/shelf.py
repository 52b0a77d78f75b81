"""A store's shelf of earlier lists: manifests of the stage `rank` with files as small as a table in a test."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from recsys.artifacts import Manifest
from recsys.events.interactions import Interactions
from recsys.events.side import nothing
from recsys.events.tables import Tables
from recsys.ranking.lists.stage import TYPES

BASELINES = pa.schema(
    [("arm", pa.string()), ("user_id", pa.string()), ("item_ids", pa.list_(pa.string())), ("segment", pa.int32())]
)
Lists = Mapping[str, Sequence[str]]
"""Item ids by user id, best first."""


def rank(
    folder: Path,
    day: str,
    published: Lists,
    baselines: Mapping[str, Lists] | None = None,
    segments: Mapping[str, int] | None = None,
    **facts: str,
) -> Manifest:
    """The manifest of a shard whose lists are these."""
    told = {"line": "shop", "whole": f"whole of {day}", "shard": "0", "shards": "1", "made_at": "1", **facts}
    mark = "-".join((day, told["whole"], told["shard"])).replace(" ", "_")
    home = folder / mark
    home.mkdir(parents=True)
    table = [
        (user, list(items), [0.5] * len(items), ["so"] * len(items), ["rest +0.50"] * len(items))
        for user, items in published.items()
    ]
    frame = pd.DataFrame(table, columns=TYPES.names)
    frame.to_parquet(home / "recommendations.parquet", index=False, schema=TYPES)
    if baselines is not None:
        known = segments or {}
        rows = [
            (arm, user, list(items), known.get(user, 1))
            for arm, lists in baselines.items()
            for user, items in lists.items()
        ]
        frame = pd.DataFrame(rows, columns=BASELINES.names)
        frame.to_parquet(home / "baselines.parquet", index=False, schema=BASELINES)
    return Manifest("rank", day, mark, home.as_uri(), facts=told)


def known(
    interactions: Interactions, users: str = "ann bob cat", items: str = "a b c d e", timed: bool = True
) -> Tables:
    """A shop of these users and items, as of today."""
    user_ids, item_ids = (np.array(ids.split(), object) for ids in (users, items))
    return Tables(
        user_ids,
        item_ids,
        list(item_ids),
        [""] * len(item_ids),
        np.ones(len(item_ids), bool),
        interactions,
        nothing(len(user_ids), len(item_ids)),
        timed,
    )


def repeatable(interactions: Interactions, *places: int) -> Interactions:
    """The same events, those at these places repeatable."""
    again = np.zeros(len(interactions.user), bool)
    again[list(places)] = True
    return replace(interactions, repeatable=again)
