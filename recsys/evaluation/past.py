"""The lists of earlier days: which were live until when, and what they held, in row numbers of today."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from recsys.artifacts import Manifest
from recsys.evaluation.protocols.cut import SHOWN as K
from recsys.events.interactions import Ints
from recsys.events.tables import Strings
from recsys.schema import ARM, ITEM_IDS, RECSYS, SEGMENT, USER_ID

log = logging.getLogger(__name__)

PUBLISHED, BASELINES = "recommendations.parquet", "baselines.parquet"


@dataclass(frozen=True)
class Day:
    """The lists of an earlier day, live from its end to the end of `until`."""

    as_of: date
    until: date
    """The next day with lists, or the day of the run."""
    shards: tuple[Manifest, ...]
    """All shards of one result of the stage `rank`."""


@dataclass(frozen=True)
class Lists:
    """What the lists of a day held."""

    user: Ints
    """Rows of the users who may be judged, ascending, (n_users,)."""
    segment: Ints | None
    """Place of each user in `segments.NAMES` that day; None without baselines."""
    arms: Mapping[str, pa.Table]
    """Lists by user_id of every arm, that of recsys first."""
    users: pa.Array
    items: pa.Array
    """Ids of today, in the order of their rows."""
    gone: float
    """Share of the published places whose item the catalogue no longer has."""
    unknown: int
    """Users of the lists who are no longer known."""

    def of(self, user: Ints) -> dict[str, Ints]:
        """Item rows of each arm for these users, ascending, (n_users, K); -1 where a list is short or the item gone."""
        return {arm: _placed(table, user, self.users, self.items) for arm, table in self.arms.items()}


def days(made: Sequence[Manifest], as_of: date) -> list[Day]:
    """Earlier days with a whole set of lists, newest first, of what the stage `rank` has left in the store.

    Of several sets of a day it is the latest. Sets that lack a shard were never published: the lists of the day
    before stayed live.
    """
    found: list[Day] = []
    until = as_of
    for day, shards in _whole(made):
        if (until - day).days > 1:
            log.info(
                "evaluate: no lists were made between %s and %s: those of %s are judged until then", day, until, day
            )
        found.append(Day(day, until, shards))
        until = day
    if not found:
        log.info("evaluate: no lists of earlier days: hindsight starts with the next day")
    return found


def _whole(made: Sequence[Manifest]) -> Iterator[tuple[date, tuple[Manifest, ...]]]:
    """The whole set of shards of each day that was made last, newest day first."""
    sets: dict[str, dict[str, list[Manifest]]] = defaultdict(lambda: defaultdict(list))
    for manifest in made:
        sets[manifest.as_of][manifest.facts["whole"]].append(manifest)
    for day in sorted(sets, reverse=True):
        whole = [shards for shards in sets[day].values() if len(shards) == int(shards[0].facts["shards"])]
        if whole:
            last = max(whole, key=lambda shards: max((shard.facts["made_at"], shard.fingerprint) for shard in shards))
            yield date.fromisoformat(day), tuple(sorted(last, key=lambda shard: int(shard.facts["shard"])))
        else:
            log.warning("evaluate: the lists of %s lack shards: those of the day before are judged until the next", day)


def read(day: Day, user_ids: Strings, item_ids: Strings) -> Lists:
    """The lists of a day, of the users in its baselines; without any, the published lists alone, of everybody.

    Users in the baselines without a list of their own count as users with an empty list.
    """
    users, items = pa.array(user_ids, pa.string()), pa.array(item_ids, pa.string())
    published, baselines = (_table(day.shards, name) for name in (PUBLISHED, BASELINES))
    if baselines is None:
        log.warning("evaluate: no baselines beside the lists of %s: these are judged alone", day.as_of)
        return _joined({RECSYS: published}, published, users, items)
    names = [arm for arm in pc.unique(baselines[ARM]).to_pylist() if arm != RECSYS]
    named = {arm: baselines.filter(pc.equal(baselines[ARM], arm)) for arm in names}
    return _joined({RECSYS: published, **named}, baselines, users, items)


def _joined(arms: Mapping[str, pa.Table], asked: pa.Table, users: pa.Array, items: pa.Array) -> Lists:
    """The lists of the arms, of the users of the table `asked`."""
    row = _numbers(asked[USER_ID], users)
    user, first = np.unique(row, return_index=True)
    user, first = user[user >= 0], first[user >= 0]
    segment = asked[SEGMENT].to_numpy()[first].astype(np.int32) if SEGMENT in asked.column_names else None
    unknown = pc.count_distinct(asked[USER_ID].filter(pa.array(row < 0))).as_py()
    shown = pc.sum(pc.list_value_length(arms[RECSYS][ITEM_IDS])).as_py() or 0
    known = pc.sum(pc.is_in(pc.list_flatten(arms[RECSYS][ITEM_IDS]), value_set=items)).as_py() or 0
    return Lists(user, segment, arms, users, items, 1.0 - known / shown if shown else 0.0, unknown)


def _placed(table: pa.Table, user: Ints, users: pa.Array, items: pa.Array) -> Ints:
    """Item rows of the lists of these users, (n_users, K)."""
    row = _numbers(table[USER_ID], users)
    wanted = np.isin(row, user)
    lists = pc.list_slice(table[ITEM_IDS].filter(pa.array(wanted)), 0, K)
    length = pc.fill_null(pc.list_value_length(lists), 0).to_numpy()
    start, owner = np.cumsum(length) - length, np.searchsorted(user, row[wanted])
    found = np.full((len(user), K), -1, np.int32)
    place = np.arange(length.sum()) - np.repeat(start, length)
    found[np.repeat(owner, length), place] = _numbers(pc.list_flatten(lists), items)
    return found


def _numbers(ids: pa.ChunkedArray, known: pa.Array) -> Ints:
    """Row of each id, -1 for ids that are no longer known."""
    return np.asarray(pc.fill_null(pc.index_in(ids, value_set=known), -1).to_numpy(), np.int32)


def _table(shards: Sequence[Manifest], name: str) -> pa.Table | None:
    """The rows of a file of all shards; None where no shard has it. Only baselines may be lacking."""
    files = [shard.path(name) for shard in shards]
    there = [file for file in files if name != BASELINES or file.exists()]
    tables = [pq.read_table(file, columns=None if name == BASELINES else [USER_ID, ITEM_IDS]) for file in there]
    return pa.concat_tables([_typed(table) for table in tables]) if tables else None


def _typed(table: pa.Table) -> pa.Table:
    """Texts and lists of texts in one type, whoever wrote them."""
    types = {USER_ID: pa.string(), ARM: pa.string(), ITEM_IDS: pa.list_(pa.string())}
    return table.cast(pa.schema([(field.name, types.get(field.name, field.type)) for field in table.schema]))
