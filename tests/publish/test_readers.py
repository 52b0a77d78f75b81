"""Readers while publishers write: none waits, none fails, and each reads one whole publication."""

import dataclasses
import os
import re
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pyarrow as pa
import pyarrow.parquet as pq

from recsys.publish.pointer import rollback
from recsys.publish.publication import publish
from recsys.settings import DatabaseSettings
from recsys.standalone import cluster
from recsys.standalone.postgres import Server

LIMITS = DatabaseSettings(keep_publications=3)
# Each divides by zero when what it reads is not one whole publication.
READS = """
SELECT 1 / (count(*) = 50 AND count(DISTINCT (item_id, as_of)) = 1)::int FROM recommendations;
SELECT 1 / (count(*) = 1 AND min(audience) = 'user')::int FROM recommend('u1', 5);
"""
Write = Any
Ask = Callable[..., list[tuple[Any, ...]]]


def test_a_thousand_reads_a_second_go_on_through_twenty_publications_and_three_rollbacks(
    postgres: Server, store: str, write: Write, tmp_path: Path
) -> None:
    sets = [write({f"u{user}": [(item, 1.0)] for user in range(50)}) for item in "abc"]
    publish(store, joined(sets[0], "0"), LIMITS)
    (tmp_path / "reads.sql").write_text(READS)
    readers = [reader(postgres, store, tmp_path / "reads.sql", mode) for mode in ("simple", "prepared")]
    try:
        for number in range(1, 21):
            assert publish(store, joined(sets[number % 3], str(number)), LIMITS).published == "yes"
            if number % 6 == 0:
                began = time.monotonic()
                rollback(store)
                assert time.monotonic() - began < 1
    finally:
        time.sleep(2)  # a quick machine has published by now, and reads are told of once a second
        printed = [ended(one) for one in readers]
    reads = [[2 * float(tps) for tps in re.findall(r"([\d.]+) tps", lines)] for lines in printed]
    assert min(map(len, reads)) >= 2, printed
    assert "ERROR" not in "".join(printed), printed
    # 1,000 are asked for; a busy machine may not keep up
    assert sum(sum(seconds) / len(seconds) for seconds in reads) > 500, printed


def reader(postgres: Server, store: str, script: Path, mode: str) -> "subprocess.Popen[str]":
    """Two clients that read 500 times a second, two statements a transaction; a statement that waits 50 ms fails."""
    program = str(cluster.binaries(postgres.home) / "pgbench")
    options = ["-n", "-M", mode, "-f", str(script), "-c", "2", "-R", "250", "-P", "1", "-T", "300"]
    environment = {**os.environ, "PGOPTIONS": "-c lock_timeout=50ms"}
    return subprocess.Popen(
        [program, *options, store], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=environment
    )


def ended(process: "subprocess.Popen[str]") -> str:
    """What a reader printed until it was stopped."""
    process.terminate()
    assert process.stderr is not None
    printed = process.stderr.read()
    process.wait(30)
    return printed


def joined(draft: Any, fingerprint: str) -> Any:
    """The draft with all its users in one file: what one shard holds."""
    file = draft.lists[0].with_name("joined.parquet")
    if not file.exists():
        pq.write_table(pa.concat_tables([pq.read_table(one) for one in draft.lists]), file)
    return dataclasses.replace(draft, lists=(file,), fingerprint=fingerprint)


def test_a_reader_who_stays_in_a_transaction_holds_up_no_publication(store: str, write: Write, ask: Ask) -> None:
    publish(store, write({"u1": [("a", 1.0)]}, "2026-01-09"), LIMITS)
    with closing(psycopg2.connect(store)) as reader, reader.cursor() as cursor:
        cursor.execute("SELECT item_id FROM recommendations")
        outcome = publish(store, write({"u1": [("b", 1.0)]}), DatabaseSettings(lock_timeout_ms=300))
        assert outcome.published == "yes"
        assert ask("SELECT item_id FROM recommendations") == [("b",)]
