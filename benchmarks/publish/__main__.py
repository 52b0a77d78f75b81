"""python -m benchmarks.publish [users] [--docs]: publishing users x 20 end to end, and reading meanwhile."""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks import figures
from benchmarks.publish import feedback, over_http, reading, sets, writing
from recsys.publish.migrations import migrate
from recsys.standalone import postgres

PORT = 54_871
MEMORY = "memory"
Row = tuple[str, str]
"""What was measured, and the figure with its unit."""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    found = argparse.ArgumentParser("python -m benchmarks.publish", description=__doc__)
    found.add_argument("users", type=int, nargs="?", default=100_000, help="users of the set (default 100,000)")
    figures.add_flag(found)
    return found


def main(users: int, docs: bool = False) -> None:
    """Prints what writing and reading take, a row of a table as soon as it is known."""
    lines = [f"| {users:,} users × {sets.TOP_N} | median (least to most) |", "| --- | --- |"]
    print("\n".join(lines), flush=True)
    for row in measured(users):
        lines.append(line(row))
        print(lines[-1], flush=True)
    if docs:
        figures.fill("publish", "\n".join(lines), "make bench-publish")


def line(row: Row) -> str:
    """A row as Markdown.

    >>> line(("publish", "0.70 s"))
    '| publish | 0.70 s |'
    """
    return f"| {row[0]} | {row[1]} |"


def measured(users: int) -> Iterator[Row]:
    """Every figure, in a server of its own that is gone at the end."""
    home = Path(tempfile.mkdtemp(prefix="recsys-benchmark-"))
    home.chmod(0o755)
    try:
        dsn = postgres.start(home, PORT).create_database("recsys", "recsys")
        migrate(dsn)
        draft = sets.draft(home / "set", users)
        yield from _write(dsn, draft, users)
        yield from _memory(dsn, home, users)
        yield from _read(home, dsn, draft, users)
        rates = feedback.rates(dsn, draft)
        spread = f"{median(rates):,.0f} rows a second ({min(rates):,.0f} to {max(rates):,.0f})"
        yield f"`record_feedback_batch`, {feedback.BATCH} rows a batch", spread
    finally:
        postgres.stop(home, "immediate")
        shutil.rmtree(home)


def _write(dsn: str, draft: sets.Draft, users: int) -> Iterator[Row]:
    took = writing.rounds(dsn, draft)
    for name, seconds in took.items():
        rate = users * sets.TOP_N / median(seconds)
        yield name, f"{median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f}), {rate:,.0f} rows a second"
    for name in ("bare COPY", "bare COPY, bytes ready"):
        ratios = [bare / published for bare, published in zip(took[name], took["publish"], strict=True)]
        yield f"speed of publish beside {name}", f"{median(ratios):.2f} × ({min(ratios):.2f} to {max(ratios):.2f})"
    few = max(1, users // 20)
    for name, seconds in writing.inserted(dsn, draft, few).items():
        slow = seconds * users / few
        speed = f"{slow / median(took['publish']):.1f} × ({slow:.1f} s, from {few:,} users)"
        yield f"speed of publish beside `execute_values`, {name}", speed


def _memory(dsn: str, home: Path, users: int) -> Iterator[Row]:
    """Peak memory of a process that publishes a fifth of the users, and of one that publishes all."""
    for count in (users // 5, users):
        command = [sys.executable, "-m", "benchmarks.publish", MEMORY, dsn, str(home / f"of-{count}"), str(count)]
        sets.draft(home / f"of-{count}", count)
        peak = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        yield f"peak memory of publish, {count:,} users", f"{peak.strip()} MB"


def publish_alone(dsn: str, folder: Path) -> None:
    """Publishes a set that lies in a folder, and prints the peak memory in MB."""
    names = ("lists.parquet", "fallback.parquet", "items.parquet")
    lists, fallback, items = (folder / name for name in names)
    draft = sets.Draft(sets.date(2026, 1, 11), "model", str(folder), (lists,), fallback, items, {})
    writing.publish(dsn, draft, writing.DatabaseSettings(min_coverage=0, min_overlap=0))
    print(round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def _read(home: Path, dsn: str, draft: sets.Draft, users: int) -> Iterator[Row]:
    writing.published(dsn, draft)
    reading.prepare(dsn)
    for mode in ("prepared", "simple"):
        found = {name: reading.read(home, dsn, name, users, mode) for name in reading.SCRIPTS}
        for name, speed in found.items():
            ratio = speed.per_second / found["plain look-up"].per_second
            yield f"{name}, {mode}", f"{speed}, {ratio:.2f} × the plain look-up"
    for name in ("recommend_list()", "recommend()"):
        with reading.publishing(lambda: writing.published(dsn, draft)) as took:
            during = reading.read(home, dsn, name, users, rate=reading.RATE)
        yield f"{name}, {reading.RATE:,} a second during {len(took)} publications", str(during)
    rates = over_http.rates(dsn, home, users)
    for name, rate in rates.items():
        ratio = rate.per_second / rates["psycopg2"].per_second
        yield f"recommend() by {name}", f"{rate}, {ratio:.2f} × psycopg2"


if __name__ == "__main__":
    if sys.argv[1:2] == [MEMORY]:
        publish_alone(sys.argv[2], Path(sys.argv[3]))
    else:
        options = parser().parse_args()
        main(options.users, options.docs)
