"""What the lists of a day are made of, besides models: written beside them, so that a later day knows what changed."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from recsys.artifacts import Manifest
from recsys.events import digests, fatigue
from recsys.events.digests import Hashes
from recsys.events.interactions import Ints, Mask
from recsys.events.split import Requests
from recsys.events.tables import Strings, Tables
from recsys.schema import ITEM_IDS, PROVENANCE, REASONS, USER_ID

LISTS, FILE = "recommendations.parquet", "provenance.parquet"
TYPES = pa.schema(list(zip(PROVENANCE, (pa.string(), pa.uint64(), pa.uint64(), pa.uint64(), pa.date32()), strict=True)))
INTERESTS = b"interests"
"""Where the file names the interests that reasons could name."""


@dataclass(frozen=True)
class Known:
    """What is known today of the users of a shard and of all items; users are sorted by id."""

    user_ids: Strings
    hashes: Hashes
    """Of the users, (n_users,)."""
    history: Hashes
    """Digest of each user's events with the titles of their items, which reasons name, and of the items that the user
    is tired of, (n_users,)."""
    side: Hashes
    """Digest of each user's attributes and follows, (n_users,)."""
    item_ids: Strings
    listable: Hashes
    """Of each item with its title and category, 0 where it may not be recommended, (n_items,)."""
    interests: Sequence[str]
    """Their names."""

    def listed(self, lists: pa.ChunkedArray) -> Hashes:
        """Digest of the items of each list, (n_lists,); any item that may not be recommended changes it."""
        flat = pd.Index(self.item_ids).get_indexer(pc.list_flatten(lists).to_numpy(zero_copy_only=False))
        ends = np.cumsum(np.concatenate([[0], pc.list_value_length(lists).to_numpy()]))
        return digests.summed(np.append(self.listable, np.uint64(0))[flat], ends)


def known_of(
    tables: Tables, users: Hashes, rows: Ints, requests: Requests, available: Mask, interests: Sequence[str]
) -> Known:
    """What is known of the users of these rows, whose requests these are; `users` are hashes of all users."""
    titled = digests.hashed(tables.item_ids, tables.titles)
    described = digests.hashed(tables.item_ids, tables.titles, tables.categories)
    history = digests.histories(requests.history, titled, tables.timed)
    if requests.tired is not None:
        history = history + fatigue.digest(requests.tired, digests.hashed(tables.item_ids))
    return Known(
        tables.user_ids[rows],
        users[rows],
        history,
        digests.side_of(tables.side, rows, users),
        tables.item_ids,
        np.where(available, described, np.uint64(0)),
        interests,
    )


@dataclass(frozen=True)
class Earlier:
    """The lists of an earlier day, with what they were made of; a row each."""

    lists: pa.Table
    provenance: pa.Table

    def of(self, column: str) -> np.ndarray:
        """A column of what they were made of."""
        return np.asarray(self.provenance[column])

    def quoting(self, names: Sequence[str]) -> Mask:
        """Where a reason names an interest of the day that has none of these names now, (n_lists,)."""
        before: list[str] = json.loads(self.provenance.schema.metadata[INTERESTS])
        gone = sorted(set(before) - set(names))
        found = np.zeros(len(self.lists), bool)
        if gone:
            reasons = self.lists[REASONS].combine_chunks()
            quotes = pc.match_substring_regex(reasons.flatten(), "|".join(map(re.escape, gone)))
            found[pc.list_parent_indices(reasons).filter(quotes).to_numpy()] = True
        return found


def read(made: Manifest) -> Earlier | None:
    """The lists of an earlier day; None where their files are not of the same users."""
    found = Earlier(*(pq.read_table(made.path(name)) for name in (LISTS, FILE)))
    return found if found.lists[USER_ID].equals(found.provenance[USER_ID]) else None


def write(known: Known, lists: pa.Table, made_on: npt.NDArray[np.object_], folder: Path) -> None:
    """Writes the lists that are not empty, and what they were made of; `lists` and `made_on` have a row a user."""
    columns = (known.user_ids, known.history, known.side, known.listed(lists[ITEM_IDS]), made_on)
    made_of = pa.table(dict(zip(PROVENANCE, columns, strict=True)), TYPES)
    served = pc.greater(pc.list_value_length(lists[ITEM_IDS]), 0)
    named = {INTERESTS: json.dumps(list(known.interests)).encode()}
    pq.write_table(lists.filter(served), folder / LISTS)
    pq.write_table(made_of.filter(served).replace_schema_metadata(named), folder / FILE)
