"""Events in row numbers, some users at a time: what stands in memory does not grow with the number of events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from recsys.events.times import MICRO, STAND_IN
from recsys.schema import ACTION, ITEM_ID, OCCURRED_AT, USER_ID, VALUE
from recsys.sources.engine import Connection

Numbers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

AT_ONCE = 2_000_000
"""Events of a slice, or those of a single user where these are more."""


@dataclass(frozen=True)
class Slice:
    """All events of some users, by user and in their total order; (n_events,) each."""

    user: npt.NDArray[np.int32]
    """Row of the user, never falling."""
    item: npt.NDArray[np.int32]
    action: npt.NDArray[np.int32]
    """Place in a list of actions."""
    instant: Numbers
    """Microseconds since 1970 (UTC)."""
    value: npt.NDArray[np.float64]
    """NaN where there is none."""

    @property
    def timed(self) -> Mask:
        """Where the time is real, and does not only stand in for an order."""
        return np.asarray(self.instant % MICRO != STAND_IN)


@dataclass(frozen=True)
class Rows:
    """Row numbers by the place of an enumerated value; -1 for a value that has no row."""

    user: npt.NDArray[np.int32]
    item: npt.NDArray[np.int32]
    action: npt.NDArray[np.int32]
    users: int
    items: int
    """How many rows there are."""


def slices(con: Connection, events: str, rows: Rows) -> Iterator[Slice]:
    """The events of a table that is in total order and whose texts are enumerated."""
    counts = con.sql(f"SELECT count(*) AS n FROM {events} GROUP BY {USER_ID} ORDER BY {USER_ID}").fetchnumpy()["n"]
    cuts = _cuts(np.cumsum(counts))
    for start, end in pairwise(cuts):
        yield _slice(con, events, rows, start, end)


def _cuts(ends: Numbers) -> Sequence[int]:
    """Places between users, at most `AT_ONCE` apart where no user has more; from 0 to the last."""
    cuts = [0]
    while cuts[-1] < (int(ends[-1]) if len(ends) else 0):
        fit = int(np.searchsorted(ends, cuts[-1] + AT_ONCE, side="right"))
        following = int(np.searchsorted(ends, cuts[-1], side="right"))
        cuts.append(int(ends[max(fit - 1, following)]))
    return cuts


def _slice(con: Connection, events: str, rows: Rows, start: int, end: int) -> Slice:
    found = con.sql(f"""
        SELECT enum_code({USER_ID})::INTEGER AS user_code, enum_code({ITEM_ID})::INTEGER AS item_code,
            enum_code({ACTION})::INTEGER AS action_code, epoch_us({OCCURRED_AT}) AS instant, {VALUE}::DOUBLE AS value
        FROM {events} WHERE rowid >= {start} AND rowid < {end} ORDER BY rowid""").fetchnumpy()
    value = np.ma.filled(found["value"].astype(np.float64), np.nan)
    user, item, action = (np.asarray(found[f"{name}_code"]) for name in ("user", "item", "action"))
    return Slice(rows.user[user], rows.item[item], rows.action[action], np.asarray(found["instant"]), value)
