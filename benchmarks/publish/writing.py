"""Seconds of publishing, of a bare COPY of the same rows, and of `execute_values`."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from itertools import count

import psycopg2
import pyarrow.parquet as pq
from psycopg2 import sql
from psycopg2.extras import execute_values

from recsys.publish.copying import CHUNK_BYTES, Stream, encoded
from recsys.publish.draft import Draft
from recsys.publish.lists import batches
from recsys.publish.publication import publish
from recsys.settings import DatabaseSettings

ROUNDS = 9
BARE = "CREATE TABLE bare (LIKE recsys.recommendation_list)"
_numbers = count(1)


def published(dsn: str, draft: Draft) -> float:
    """Seconds from files to committed, checked and visible."""
    began = time.monotonic()
    outcome = publish(
        dsn, replace(draft, fingerprint=str(next(_numbers))), DatabaseSettings(keep_publications=2, force=True)
    )
    assert outcome.published == "yes"
    return time.monotonic() - began


def copied(dsn: str, pieces: Iterable[bytes]) -> float:
    """Seconds of one COPY into a table without an index, committed; `pieces` are made within, or ready."""
    with closing(psycopg2.connect(dsn)) as db, db.cursor() as cursor:
        cursor.execute(BARE)
        db.commit()
        began = time.monotonic()
        cursor.copy_expert(sql.SQL("COPY bare FROM STDIN (FORMAT binary)"), Stream(pieces), CHUNK_BYTES)
        db.commit()
        seconds = time.monotonic() - began
        cursor.execute("DROP TABLE bare")
        db.commit()
    return seconds


def inserted(dsn: str, draft: Draft, users: int) -> dict[str, float]:
    """Seconds of `execute_values` of that many users, committed: a row a list, or a row a recommendation."""
    lists = pq.read_table(draft.lists[0]).slice(0, users).to_pydict()
    whole = [(1, *row) for row in zip(*lists.values(), strict=True)]
    single = [
        (1, user, rank, *entry)
        for _, user, *columns in whole
        for rank, entry in enumerate(zip(*columns, strict=True), 1)
    ]
    flat = (
        "CREATE TABLE bare (pub_id bigint, user_id text, rank int, item_id text, score real, reason text, terms text)"
    )
    return {"a row a list": _inserted(dsn, BARE, whole), "a row a recommendation": _inserted(dsn, flat, single)}


def _inserted(dsn: str, table: str, rows: list[tuple[object, ...]]) -> float:
    with closing(psycopg2.connect(dsn)) as db, db.cursor() as cursor:
        cursor.execute(table)
        db.commit()
        began = time.monotonic()
        execute_values(cursor, "INSERT INTO bare VALUES %s", rows, page_size=1000)
        db.commit()
        seconds = time.monotonic() - began
        cursor.execute("DROP TABLE bare")
        db.commit()
    return seconds


def rounds(dsn: str, draft: Draft) -> dict[str, list[float]]:
    """Seconds of each way, in turns, so that a busy machine slows all of them equally."""
    pieces = list(encoded(1, batches(draft.lists[0])))
    took: dict[str, list[float]] = {"publish": [], "bare COPY": [], "bare COPY, bytes ready": []}
    for _ in range(ROUNDS):
        took["publish"].append(published(dsn, draft))
        took["bare COPY"].append(copied(dsn, encoded(1, batches(draft.lists[0]))))
        took["bare COPY, bytes ready"].append(copied(dsn, pieces))
    return took
