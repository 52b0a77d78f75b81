"""python -m benchmarks.publish [users]: publishing users x 20 end to end, and reading meanwhile."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.publish import feedback, over_http, reading, sets, writing
from recsys.publish.migrations import migrate
from recsys.standalone import postgres

PORT = 54_871
MEMORY = "memory"


def main(users: int) -> None:
    """Prints what writing and reading take."""
    home = Path(tempfile.mkdtemp(prefix="recsys-benchmark-"))
    home.chmod(0o755)
    try:
        dsn = postgres.start(home, PORT).create_database("recsys", "recsys")
        migrate(dsn)
        draft = sets.draft(home / "set", users)
        print(f"{users:,} users x {sets.TOP_N} recommendations; seconds: median (least to most)")
        _write(dsn, draft, users)
        _memory(dsn, home, users)
        _read(home, dsn, draft, users)
        rates = feedback.rates(dsn, draft)
        print(
            f"record_feedback_batch, {feedback.BATCH} rows a batch: {median(rates):,.0f} rows a second"
            f" ({min(rates):,.0f} to {max(rates):,.0f})"
        )
    finally:
        postgres.stop(home, "immediate")
        shutil.rmtree(home)


def _write(dsn: str, draft: sets.Draft, users: int) -> None:
    took = writing.rounds(dsn, draft)
    for name, seconds in took.items():
        rate = users * sets.TOP_N / median(seconds)
        print(f"{name:24} {median(seconds):6.2f} ({min(seconds):.2f} to {max(seconds):.2f})  {rate:>10,.0f}/s")
    few = max(1, users // 20)
    ours = median(took["publish"])
    for name in ("bare COPY", "bare COPY, bytes ready"):
        ratios = [bare / published for bare, published in zip(took[name], took["publish"], strict=True)]
        print(f"publish has {median(ratios):.2f} x the speed of a {name} ({min(ratios):.2f} to {max(ratios):.2f})")
    for name, seconds in writing.inserted(dsn, draft, few).items():
        slow = seconds * users / few
        print(f"publish has {slow / ours:.1f} x the speed of execute_values, {name} ({slow:.1f} s, from {few:,} users)")


def _memory(dsn: str, home: Path, users: int) -> None:
    """Peak memory of a process that publishes a fifth of the users, and of one that publishes all."""
    for count in (users // 5, users):
        command = [sys.executable, "-m", "benchmarks.publish", MEMORY, dsn, str(home / f"of-{count}"), str(count)]
        sets.draft(home / f"of-{count}", count)
        peak = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        print(f"peak memory for {count:,} users: {peak.strip()} MB")


def publish_alone(dsn: str, folder: Path) -> None:
    """Publishes a set that lies in a folder, and prints the peak memory in MB."""
    names = ("lists.parquet", "fallback.parquet", "items.parquet")
    lists, fallback, items = (folder / name for name in names)
    draft = sets.Draft(sets.date(2026, 1, 11), "model", str(folder), (lists,), fallback, items, {})
    writing.publish(dsn, draft, writing.DatabaseSettings(min_coverage=0, min_overlap=0))
    print(round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def _read(home: Path, dsn: str, draft: sets.Draft, users: int) -> None:
    writing.published(dsn, draft)
    reading.prepare(dsn)
    for mode in ("prepared", "simple"):
        found = {name: reading.read(home, dsn, name, users, mode) for name in reading.SCRIPTS}
        for name, speed in found.items():
            ratio = speed.per_second / found["plain look-up"].per_second
            print(f"{name:22} {mode:10} {speed}, {ratio:.2f} x the throughput of a plain look-up")
    for name in ("recommend_list()", "recommend()"):
        with reading.publishing(lambda: writing.published(dsn, draft)) as took:
            during = reading.read(home, dsn, name, users, rate=reading.RATE)
        print(f"{name:18} {reading.RATE} a second during {len(took)} publications: {during}")
    rates = over_http.rates(dsn, home, users)
    for name, rate in rates.items():
        print(f"recommend() by {name:10} {rate}, {rate.per_second / rates['psycopg2'].per_second:.2f} x psycopg2")


if __name__ == "__main__":
    if sys.argv[1:2] == [MEMORY]:
        publish_alone(sys.argv[2], Path(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
