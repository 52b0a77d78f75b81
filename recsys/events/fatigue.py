"""Items that users were shown often and never took: ingest finds them in feedback, lists let them rest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import scipy.sparse as sp

from recsys.artifacts import Manifest
from recsys.events import digests
from recsys.events.digests import Hashes
from recsys.events.tables import Strings
from recsys.schema import ITEM_ID, USER_ID

FILE = "tired.parquet"


def write(pairs: pa.Table, folder: Path) -> None:
    """Writes user_id and item_id of each pair."""
    pq.write_table(pairs, folder / FILE)


def read(ingested: Manifest, user_ids: Strings, item_ids: Strings) -> sp.csr_matrix | None:
    """1 where a user is tired of an item, (n_users, n_items); None where no user is, or no feedback was read."""
    file = ingested.path(FILE)
    if not file.is_file():
        return None
    pairs = pq.read_table(file, columns=[USER_ID, ITEM_ID])
    user, item = (
        pd.Index(ids).get_indexer(pairs[name].to_numpy(zero_copy_only=False))
        for ids, name in ((user_ids, USER_ID), (item_ids, ITEM_ID))
    )
    known = (user >= 0) & (item >= 0)
    if not known.any():
        return None
    ones = np.ones(int(known.sum()), np.int8)
    return sp.csr_matrix((ones, (user[known], item[known])), shape=(len(user_ids), len(item_ids)))


def digest(tired: sp.csr_matrix, items: Hashes) -> Hashes:
    """Digest of the items that each user is tired of, 0 of none, (n_users,); `items` are hashes of the items.

    >>> tired = sp.csr_matrix(np.array([[0, 0], [1, 1]], np.int8))
    >>> digest(tired, np.array([3, 4], np.uint64)).tolist()
    [0, 7]
    """
    return digests.summed(items[tired.indices], tired.indptr)
