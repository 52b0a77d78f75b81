"""Reads during publications, by pgbench: `recommend()` beside a plain look-up of a row of the same size."""

from __future__ import annotations

import re
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg2

from recsys.standalone import cluster

CLIENTS, SECONDS = 16, 8
RATE = 1000
"""Reads a second that are asked for where latency is measured."""
USER = "\\set u random(0, {last})\nSELECT * FROM "
ID = "'user-' || lpad(:u::text, 8, '0')"
SCRIPTS = {
    "plain look-up": f"{USER} plain WHERE user_id = {ID};",
    "recommend_list()": f"{USER} recommend_list({ID});",
    "recommend()": f"{USER} recommend({ID}, 20);",
    "recommend(), filtered": f"{USER} recommend({ID}, 20, categories => ARRAY['even'], exclude => ARRAY['item-1']);",
}


@dataclass(frozen=True)
class Read:
    """Figures of one run of pgbench."""

    per_second: float
    p50_ms: float
    p99_ms: float
    errors: int

    def __str__(self) -> str:
        """All of them with their units."""
        failed = f", {self.errors} errors" if self.errors else ""
        return f"{self.per_second:,} a second, 50% within {self.p50_ms} ms, 99% within {self.p99_ms} ms{failed}"


def prepare(dsn: str) -> None:
    """A plain table of the live lists, found by its primary key."""
    with closing(psycopg2.connect(dsn)) as db, db, db.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE plain AS SELECT list.* FROM recsys.recommendation_list AS list"
            " WHERE pub_id = (SELECT pub_id FROM recsys.live)"
        )
        cursor.execute("ALTER TABLE plain ADD PRIMARY KEY (user_id)")


def read(home: Path, dsn: str, name: str, users: int, mode: str = "prepared", rate: int | None = None) -> Read:
    """Reads of random users by CLIENTS clients: as many as they can, or `rate` a second, timed from their due."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "read.sql")
        file.write_text(SCRIPTS[name].format(last=users - 1))
        paced = [f"-R{rate}"] if rate else []
        command = [
            str(cluster.binaries(home) / "pgbench"),
            "-n",
            "-M",
            mode,
            "-f",
            str(file),
            "-c",
            str(CLIENTS),
            "-j",
            "1",
            "-T",
            str(SECONDS),
            *paced,
            "-l",
            f"--log-prefix={folder}/log",
            dsn,
        ]
        made = subprocess.run(command, capture_output=True, text=True, check=True)
        took = np.concatenate([np.loadtxt(log, usecols=2, ndmin=1) for log in Path(folder).glob("log*")]) / 1000
    found = re.search(r"tps = ([\d.]+)", made.stdout)
    assert found is not None, made.stdout
    p50, p99 = np.quantile(took, [0.5, 0.99]).round(2).tolist()
    return Read(round(float(found[1])), p50, p99, made.stderr.count("ERROR"))


@contextmanager
def publishing(publish: Callable[[], float]) -> Iterator[list[float]]:
    """Publishes one set after another while the block runs; the seconds that each took."""
    over, took = threading.Event(), []

    def go_on() -> None:
        while not over.is_set():
            took.append(publish())

    worker = threading.Thread(target=go_on)
    worker.start()
    try:
        yield took
    finally:
        over.set()
        worker.join()
