"""The tables of a day with ids turned into row numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys.events import noise, typed
from recsys.events.gauge import TIMED, Gauge, weighs
from recsys.events.interactions import Floats, Interactions, Mask
from recsys.events.side import side_information
from recsys.events.slices import Rows, slices
from recsys.events.tables import Actions, Strings, Tables
from recsys.events.weights import Weighing
from recsys.schema import ACTION, AVAILABLE, CATEGORY, DOMAIN, FOLLOWEE_ID, FOLLOWER_ID, ITEM_ID, TITLE, USER_ID
from recsys.settings import EventSettings
from recsys.sources.engine import Connection, row


@dataclass(frozen=True)
class Numbered:
    """The tables, what was done in each event, and how many events each rule of `noise` down-weights."""

    tables: Tables
    actions: Actions
    gauge: Gauge
    down_weighted: Counter[str]


def numbered(
    con: Connection,
    events: str,
    items: pd.DataFrame,
    users: pd.DataFrame,
    follows: pd.DataFrame,
    settings: EventSettings,
    gauge: Gauge | None = None,
) -> Numbered:
    """The tables in row numbers; users are those of the events, of the user table and of the links.

    `events` is a table of the engine, in total order, whose texts are enumerated as `typed` does it. They are weighed
    and down-weighted by the `gauge` of the events before them, else by their own.
    """
    gauge = gauge or Gauge.of(con, events, settings)
    met = _texts(con, f"SELECT DISTINCT {USER_ID}::VARCHAR FROM {events}")
    user_ids = _distinct([met, users[USER_ID], follows[FOLLOWER_ID], follows[FOLLOWEE_ID]])
    item_ids, title = items[ITEM_ID].to_numpy(object), items[TITLE].fillna("").astype(str)
    actions = sorted(settings.action_weights)
    places = (_places(con, USER_ID, user_ids), _places(con, ITEM_ID, item_ids), _places(con, ACTION, actions))
    rows = Rows(*places, len(user_ids), len(item_ids))
    interactions, action, down_weighted = _interactions(con, events, rows, actions, gauge, settings)
    domains = con.sql(
        f"SELECT {ITEM_ID}::VARCHAR AS {ITEM_ID}, coalesce({DOMAIN}::VARCHAR, '') AS {DOMAIN}, "
        f"count(*) AS count FROM {events} GROUP BY ALL"
    ).df()
    return Numbered(
        Tables(
            user_ids,
            item_ids,
            title.where(title != "", items[ITEM_ID]).tolist(),
            items[CATEGORY].fillna("").astype(str).tolist(),
            items[AVAILABLE].to_numpy(bool),
            interactions,
            side_information(users, follows, domains, items, list(user_ids)),
            _are_timed(con, events, settings),
        ),
        Actions(action, actions),
        gauge,
        down_weighted,
    )


def _interactions(
    con: Connection, events: str, rows: Rows, actions: Sequence[str], gauge: Gauge, settings: EventSettings
) -> tuple[Interactions, np.ndarray, Counter[str]]:
    """The events, the place of the action of each, and how they are down-weighted."""
    (count,) = row(con, f"SELECT count(*) FROM {events}")
    user, item, action = (np.empty(count, kind) for kind in (np.int32, np.int32, np.int16))
    weight, day = np.empty(count, np.float32), np.empty(count, np.float64)
    weighing = Weighing.of(actions, gauge.scale, settings)
    down_weighted, end = Counter[str](), 0
    for part in slices(con, events, rows):
        place, judged = slice(end, end := end + len(part.user)), noise.judge(part, actions, gauge.crowd, settings)
        user[place], item[place], action[place], day[place] = part.user, part.item, part.action, part.instant / 86_400e6
        weight[place] = weighing.weigh(part.action, part.value) * judged.factor
        down_weighted.update(judged.counts)
    again = np.isin(actions, settings.repeatable_actions)[action]
    repeatable = again if again.any() else None
    grade = _grade(weighing.weight.astype(np.float32)[action], weight > 0)
    return Interactions(user, item, weight, day, rows.users, rows.items, repeatable, grade), action, down_weighted


def _grade(grade: Floats, positive: Mask) -> Floats | None:
    """What the actions of events weigh, (n_events,); None where those of all positive ones weigh the same."""
    found = grade[positive]
    return grade if len(found) and found.min() < found.max() else None


def _are_timed(con: Connection, events: str, settings: EventSettings) -> bool:
    (share,) = row(con, f"SELECT avg(({TIMED})::INT) FROM {events} WHERE {weighs(settings)}")
    return share is None or share > 0.5


def _distinct(columns: Sequence[pd.Series]) -> Strings:
    found: set[str] = set().union(*(column.drop_duplicates().astype(str) for column in columns))
    return np.array(sorted(found), dtype=object)


def _places(con: Connection, name: str, ids: Strings | Sequence[str]) -> np.ndarray:
    """Row of each enumerated value among some, -1 where it is none of them."""
    values = _texts(con, f"SELECT value FROM {typed.values(name)} ORDER BY value")
    return np.asarray(pd.Index(ids).get_indexer(values), np.int32)


def _texts(con: Connection, query: str) -> pd.Series:
    return con.sql(query).df().iloc[:, 0]
