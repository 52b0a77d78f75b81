"""Rows of feedback a second: impressions and clicks of random users, written by `record_feedback_batch`."""

from __future__ import annotations

import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg2
import pyarrow.parquet as pq

from recsys.publish.draft import Draft

BATCH, BATCHES, WARM = 100, 200, 10
"""Rows of a batch, each a transaction of its own; batches that are timed, and those before."""
CALL = "SELECT * FROM record_feedback_batch(%s, %s, %s, %s)"


def rates(dsn: str, draft: Draft) -> list[float]:
    """Rows a second of each batch, one client, committed; every row is accepted."""
    lists, random = pq.read_table(draft.lists[0], columns=["user_id", "item_ids"]), np.random.default_rng(7)
    made = []
    with closing(psycopg2.connect(dsn)) as db:
        with db, db.cursor() as cursor:
            cursor.execute("SELECT pub_id FROM recsys.live")
            (pub_id,) = cursor.fetchone()
        for number in range(WARM + BATCHES):
            rows = lists.take(random.integers(0, len(lists), BATCH)).to_pylist()
            items = [row["item_ids"][random.integers(len(row["item_ids"]))] for row in rows]
            names = [f"{pub_id}:{row['user_id']}" for row in rows]
            actions = random.choice(["impression", "click"], BATCH, p=[0.9, 0.1]).tolist()
            times = [datetime.now(UTC) + timedelta(microseconds=number * BATCH + place) for place in range(BATCH)]
            began = time.monotonic()
            with db, db.cursor() as cursor:
                cursor.execute(CALL, (names, items, actions, times))
                assert cursor.fetchone() == (BATCH, 0, 0)
            made.append(BATCH / (time.monotonic() - began))
    return made[WARM:]
