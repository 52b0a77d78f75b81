"""Airflow's own database, by Airflow's own command: `airflow db clean`.

It needs the database of Airflow, which no worker has: it runs where that is given.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime

from recsys.errors import TransientError

DATABASE, RESULTS = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "AIRFLOW__CELERY__RESULT_BACKEND"
"""Variables with the connection strings of Airflow's database and of Celery's results: secrets."""
RESULT_TABLES = ("celery_taskmeta", "celery_tasksetmeta")
ROWS_A_BATCH = 10_000
"""Rows removed in a transaction, so that none holds locks for long."""
UNATTENDED = ("--skip-archive", "--yes", "--error-on-cleanup-failure")
FOUND = re.compile(r"Checking table (\w+)\nFound ([1-9]\d*) rows")


def clean(before: datetime) -> str:
    """Rows removed that are older than a time, by table; rows that go with them are not counted.

    The last scheduled run of every DAG stays, for the next one follows from it.
    """
    return _clean(before, os.environ)


def clean_results(before: datetime) -> str:
    """The same for results of Celery, which lie in a schema of a role of their own."""
    connection = os.environ[RESULTS].removeprefix("db+")
    return _clean(before, {**os.environ, DATABASE: connection}, RESULT_TABLES)


def _clean(before: datetime, environment: Mapping[str, str], tables: Sequence[str] = ()) -> str:
    limits = ("--clean-before-timestamp", before.isoformat(), "--batch-size", str(ROWS_A_BATCH))
    selected = ("--tables", ",".join(tables)) if tables else ()
    made = subprocess.run(
        (sys.executable, "-m", "airflow", "db", "clean", *limits, *selected, *UNATTENDED),
        env=environment,
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if made.returncode:
        raise TransientError(
            "`airflow db clean` failed", seen=made.stdout[-1000:], expected="exit status 0", remedy="run it again"
        )
    counts = ", ".join(f"{count} rows of {table}" for table, count in sorted(FOUND.findall(made.stdout)))
    return f"{counts or 'nothing'} removed, from before {before:%Y-%m-%d %H:%M}"
