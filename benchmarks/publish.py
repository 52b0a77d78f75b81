"""Publishing 100,000 users x 20 end to end, beside the least that Postgres needs for the same bytes: one bare COPY.

python benchmarks/publish.py [users]
"""

import resource
import shutil
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import psycopg2
import pyarrow as pa
import pyarrow.parquet as pq
from psycopg2 import sql

from recsys.publish.copying import Stream, encoded
from recsys.publish.lists import BATCH_ROWS, batches
from recsys.publish.migrations import migrate
from recsys.publish.draft import Draft
from recsys.publish.publication import publish
from recsys.settings import DatabaseSettings
from recsys.standalone import postgres

TOP_N, ITEMS, PORT = 20, 9_000, 54_871


def draft(folder: Path, users: int) -> Draft:
    """Random lists of reasons as long as real ones."""
    random = np.random.default_rng(7)
    catalogue = [f"item-{number}" for number in range(ITEMS)]
    pq.write_table(pa.table({"item_id": catalogue, "available": [True] * ITEMS}), folder / "items.parquet")
    offsets = pa.array(np.arange(0, users * TOP_N + 1, TOP_N, dtype=np.int32))
    items = pa.array(catalogue).take(pa.array(_choices(random, users).ravel()))
    reasons = pa.array(["because you liked The Matrix (1999)", "popular lately", "near your interest in space opera"])
    lists = {
        "user_id": [f"user-{number:08}" for number in range(users)],
        "item_ids": pa.ListArray.from_arrays(offsets, items),
        "scores": pa.ListArray.from_arrays(offsets, pa.array(random.random(users * TOP_N, dtype=np.float32))),
        "reasons": pa.ListArray.from_arrays(offsets, reasons.take(pa.array(random.integers(0, 3, users * TOP_N)))),
    }
    table = pa.table(lists)
    pq.write_table(table, folder / "lists.parquet", row_group_size=50_000)
    fallback = table.slice(0, 1).drop_columns("user_id").add_column(0, "audience", [["population"]])
    pq.write_table(fallback, folder / "fallback.parquet")
    return Draft(date(2026, 1, 10), "model", "0", (folder / "lists.parquet",), folder / "fallback.parquet",
                 folder / "items.parquet", {})  # fmt: skip


def _choices(random: np.random.Generator, users: int) -> np.ndarray:
    """Different items for every user: a random start and a random stride, (users, TOP_N)."""
    start, stride = random.integers(0, ITEMS, (users, 1)), random.integers(1, ITEMS // TOP_N, (users, 1))
    return (start + stride * np.arange(TOP_N)) % ITEMS


def bare_copy(dsn: str, pieces: list[bytes]) -> float:
    """Seconds of a COPY of ready-made bytes into a table without an index, committed."""
    with closing(psycopg2.connect(dsn)) as db, db, db.cursor() as cursor:
        cursor.execute("CREATE TABLE bare (LIKE recsys.recommendation_list)")
        db.commit()
        began = time.monotonic()
        cursor.copy_expert(sql.SQL("COPY bare FROM STDIN (FORMAT binary)"), Stream(pieces), 1 << 20)
        db.commit()
        seconds = time.monotonic() - began
        cursor.execute("DROP TABLE bare")
    return seconds


def main(users: int) -> None:
    """Prints the medians of three."""
    home = Path(tempfile.mkdtemp(prefix="recsys-benchmark-"))
    home.chmod(0o755)
    try:
        dsn = postgres.start(home, PORT).create_database("recsys", "recsys")
        migrate(dsn)
        made = draft(home, users)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        took = []
        for number in range(3):
            began = time.monotonic()
            publish(dsn, replace(made, fingerprint=str(number)), DatabaseSettings())
            took.append(time.monotonic() - began)
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        pieces = list(encoded(1, batches(made.lists[0])))
        bare = sorted(bare_copy(dsn, pieces) for _ in range(3))[1]
        print(f"{users:,} users x {TOP_N}, batches of {BATCH_ROWS}, {sum(map(len, pieces)) / 1e6:.0f} MB of COPY")
        print(f"publish, end to end  {sorted(took)[1]:.2f} s  {users * TOP_N / sorted(took)[1]:,.0f} recommendations/s")
        print(f"bare COPY            {bare:.2f} s  {users * TOP_N / bare:,.0f} recommendations/s")
        print(f"peak memory grew by {(after - before) / 1024:.0f} MB while publishing")
    finally:
        postgres.stop(home, "immediate")
        shutil.rmtree(home)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
