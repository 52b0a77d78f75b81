"""recsys and other people's recommenders side by side, from one run: `python -m benchmarks.quality --help`."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from benchmarks.quality import data, roster
from benchmarks.quality.compare import Comparison, compare
from benchmarks.quality.contract import FAMILIES
from benchmarks.quality.data import Data
from benchmarks.quality.report import markdown
from recsys.errors import RecsysError

SEED = 7
"""The first seed; the others count on from it."""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    found = argparse.ArgumentParser("python -m benchmarks.quality", description=__doc__)
    found.add_argument(
        "--data",
        action="append",
        default=[],
        metavar="NAME=FOLDER",
        type=data.named_folder,
        help="a folder of events.parquet, items.parquet and, where there are some, users.parquet and "
        "follows.parquet or social.parquet; beside MovieLens, which is always there",
    )
    found.add_argument("--only-given", action="store_true", help="leave MovieLens out")
    found.add_argument("--seeds", type=int, default=3, metavar="N", help="seeds of training (default 3)")
    found.add_argument(
        "--protocols",
        nargs="+",
        choices=FAMILIES,
        default=list(FAMILIES),
        help="families (default all): warm; cold, that is cold-n; cross, that is cross-domain <domain>; "
        "social, that is social-n; "
        "one that the data has no users for is skipped",
    )
    found.add_argument(
        "--peers",
        nargs="*",
        default=[],
        metavar="NAME",
        help="only those whose names begin so: " + ", ".join(roster.NAMES),
    )
    found.add_argument("--out", type=Path, default=Path("var/quality.md"), help="the report (default var/quality.md)")
    return found


def run(options: argparse.Namespace) -> Iterator[Comparison]:
    """Yields each comparison as soon as it is complete."""
    peers, seeds = roster.named(options.peers), [SEED + number for number in range(options.seeds)]
    given: Sequence[Callable[[], Data]] = [partial(data.folder, name, folder) for name, folder in options.data]
    for load in [*([] if options.only_given else [data.movielens]), *given]:
        loaded = load()
        for family in options.protocols:
            found = compare(loaded, family, peers, seeds)
            if found is not None:
                yield found


def main(arguments: Sequence[str] | None = None) -> None:
    """Writes the report anew after each comparison, and prints it at the end."""
    options = parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s")
    logging.getLogger("benchmarks").setLevel(logging.INFO)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    done: list[Comparison] = []
    for found in run(options):
        done.append(found)
        options.out.write_text(markdown(done))
    print(markdown(done))


if __name__ == "__main__":
    try:
        main()
    except RecsysError as error:
        sys.exit(f"error: {error}")
