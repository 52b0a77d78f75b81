"""recsys on a given split, beside published figures where there are any: `make bench-published DATA=FOLDER`."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks import figures
from benchmarks.published import report
from benchmarks.published.beauty import BEAUTY
from benchmarks.published.run import run
from recsys.errors import RecsysError

TABLES = (BEAUTY,)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    found = argparse.ArgumentParser("python -m benchmarks.published", description=__doc__)
    found.add_argument(
        "data",
        type=Path,
        metavar="FOLDER",
        help="a folder of events.parquet, with a column split of "
        "train, valid and test, and items.parquet; published figures of the data are recognised by its "
        "numbers of users, items and events",
    )
    found.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        dest="overrides",
        help="a setting, such as seed=8; repeatable",
    )
    found.add_argument(
        "--out",
        type=Path,
        default=Path("var/published.md"),
        help="the report; figures are written beside it as JSON (default var/published.md)",
    )
    figures.add_flag(found)
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Writes the report and its figures, and prints it."""
    options = parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s")
    logging.getLogger("benchmarks").setLevel(logging.INFO)
    try:
        found = run(options.data, options.overrides)
    except RecsysError as error:
        sys.exit(f"error: {error}")
    table = next((table for table in TABLES if table.is_of(found.users, found.items, found.events)), None)
    text = report.markdown(found, table)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(text)
    means = {arm: {"ndcg@10": found.ndcg[arm].mean(), "recall@10": found.recall[arm].mean()} for arm in found.ndcg}
    costs = {part: asdict(cost) for part, cost in found.costs.items()}
    options.out.with_suffix(".json").write_text(json.dumps({"figures": means, "costs": costs}, indent=1))
    print(text)
    if options.docs:
        figures.fill("published", report.tables(found, table), "make bench-published DATA=FOLDER")


if __name__ == "__main__":
    main()
