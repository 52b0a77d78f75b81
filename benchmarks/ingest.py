"""python -m benchmarks.ingest: ingest of made-up events beside DuckDB alone, on the same file and in one run.

DuckDB scans, sorts, deduplicates and writes the file as Parquet; ingest judges, enumerates and numbers it as well.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import duckdb

from benchmarks import figures
from benchmarks.scale import launcher
from recsys import results, settings
from recsys.sources.engine import MEMORY, THREADS, literal

DAY = date(2026, 1, 1)
SECONDS = 2 * 365 * 86_400
"""The events lie within two years before the day."""
REFERENCE, INGEST = "duckdb", "ingest"


@dataclass(frozen=True)
class Cost:
    """What a process took."""

    cpu_s: float
    wall_s: float
    peak_mb: float


def make(folder: Path, events: int) -> None:
    """Writes events.csv, 100 of a user, and items.csv, of which few are popular; equal numbers give equal files."""
    users, items = max(events // 100, 1), max(events // 200, 10)
    share = "(hash({0}, range) / 18446744073709551616.0)"
    instant = f"timestamp '2024-01-01' + to_seconds(({share.format(3)} * {SECONDS})::BIGINT)"
    item = f"({share.format(1)} * {share.format(2)} * {items})::INT"
    with duckdb.connect() as con:
        con.execute(f"""COPY (SELECT 'u' || (hash(range) % {users}) AS user_id, 'item-' || {item} AS item_id,
            ['view', 'click', 'cart', 'buy'][1 + range % 4] AS action, strftime({instant}, '%Y-%m-%dT%H:%M:%SZ')
            AS occurred_at FROM range({events})) TO {literal(str(folder / "events.csv"))}""").fetchall()
        con.execute(f"""COPY (SELECT 'item-' || range AS item_id, 'Thing number ' || range AS title FROM
            range({items} + 1)) TO {literal(str(folder / "items.csv"))}""").fetchall()


def reference(folder: Path) -> None:
    """The file sorted, each row once, as Parquet."""
    with tempfile.TemporaryDirectory(dir=folder) as spilled:
        config: dict[str, str | bool | int | float | list[str]]
        config = {"memory_limit": MEMORY, "threads": THREADS, "temp_directory": spilled}
        with duckdb.connect(config=config) as con:
            con.execute(f"""COPY (SELECT DISTINCT * FROM read_csv({literal(str(folder / "events.csv"))})
                ORDER BY user_id, occurred_at) TO {literal(str(Path(spilled) / "sorted.parquet"))}""").fetchall()


def ingest(folder: Path) -> None:
    """Stage `ingest` of the files, in a store that goes with the process."""
    with tempfile.TemporaryDirectory(dir=folder) as store:
        files = [f"source.{name}={json.dumps(str(folder / f'{name}.csv'))}" for name in ("events", "items")]
        results.run("ingest", settings.load(["source.kind=files", f"store={json.dumps(store)}", *files]), DAY, {})


WORK = {REFERENCE: reference, INGEST: ingest}


def measured(name: str, folder: Path) -> Cost:
    """Time and memory of a workload in a process of its own."""
    out = folder / f"{name}.json"
    command = [sys.executable, "-m", "benchmarks.ingest", "--folder", str(folder), "--only", name]
    if launcher.main(str(out), command):
        raise SystemExit(f"{name} failed")
    return Cost(**json.loads(out.read_text()))


def table(costs: Mapping[str, Sequence[Cost]]) -> str:
    """Each run of both, and their ratio, as Markdown.

    >>> print(table({"duckdb": [Cost(2, 1, 10)], "ingest": [Cost(4, 3, 20)]}))
    | what | CPU s | wall s | peak MB |
    | --- | --- | --- | --- |
    | duckdb | 2.0 | 1.0 | 10 |
    | ingest | 4.0 | 3.0 | 20 |
    <BLANKLINE>
    Speed of ingest beside it: 0.50 of its CPU, 0.33 of its wall time.
    """
    rows = [
        f"| {name} | {cost.cpu_s:.1f} | {cost.wall_s:.1f} | {cost.peak_mb:.0f} |"
        for name, runs in costs.items()
        for cost in runs
    ]
    cpu, wall = (
        sum(getattr(cost, name) for cost in costs[REFERENCE]) / sum(getattr(cost, name) for cost in costs[INGEST])
        for name in ("cpu_s", "wall_s")
    )
    ends = f"Speed of ingest beside it: {cpu:.2f} of its CPU, {wall:.2f} of its wall time."
    return "\n".join(["| what | CPU s | wall s | peak MB |", "| --- | --- | --- | --- |", *rows, "", ends])


def main() -> None:
    """Makes the events where they are not there, and measures both in turns."""
    asked = argparse.ArgumentParser(prog="make bench-ingest", description=__doc__)
    asked.add_argument("--events", type=float, default=1e7, help="how many events are made (default: ten million)")
    asked.add_argument("--folder", type=Path, help="where they are made, and found again; default: a temporary one")
    asked.add_argument("--runs", type=int, default=1, help="runs of each, in turns")
    asked.add_argument("--only", choices=list(WORK), help="do this alone, on a folder that is there")
    figures.add_flag(asked)
    arguments = asked.parse_args()
    if arguments.only:
        WORK[arguments.only](arguments.folder)
        return
    with tempfile.TemporaryDirectory(prefix="recsys-ingest-") as aside:
        folder = arguments.folder or Path(aside)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "events.csv").exists():
            make(folder, int(arguments.events))
        runs = [{name: measured(name, folder) for name in WORK} for _ in range(arguments.runs)]
        costs = {name: [run[name] for run in runs] for name in WORK}
        (folder / "costs.json").write_text(json.dumps({name: [asdict(cost) for cost in costs[name]] for name in costs}))
        sys.stdout.write(table(costs) + "\n")
        if arguments.docs:
            figures.fill("ingest", table(costs), "make bench-ingest")


if __name__ == "__main__":
    main()
