"""Language models on cold items, frozen, tuned and cheaper ones, encoding and LoRA beside others."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.language import cold_items, cost, encoding, lora
from recsys.errors import RecsysError


def parser() -> argparse.ArgumentParser:
    """The command line."""
    found = argparse.ArgumentParser("python -m benchmarks.language", description=__doc__)
    found.add_argument("--models", nargs="+", default=["minilm", "smollm2-135m"], metavar="NAME", help="default: both")
    found.add_argument(
        "--methods",
        nargs="+",
        choices=list(cold_items.RATES),
        default=["head"],
        help="what a training learns (default head); lora and full want a GPU",
    )
    found.add_argument("--seeds", type=int, default=3, metavar="N", help="seeds of training (default 3)")
    found.add_argument(
        "--catalogue",
        type=Path,
        metavar="FOLDER",
        help="events.parquet and items.parquet for the part cost (default: MovieLens)",
    )
    found.add_argument("--store", default="var/store", help="where vectors are kept from run to run")
    found.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="default: all")
    found.add_argument("--out", type=Path, default=Path("var/language.md"), help="the report")
    return found


def _cold_items(options: argparse.Namespace) -> str:
    seeds = [7 + number for number in range(options.seeds)]
    return cold_items.report(options.models, options.methods, seeds, options.store)


def _encoding(options: argparse.Namespace) -> str:
    return "\n".join(encoding.report(options.store, threads) for threads in (1, 2))


def _lora(options: argparse.Namespace) -> str:
    with tempfile.TemporaryDirectory(prefix="recsys-lora-") as folder:
        return lora.report(options.models[-1], options.store, Path(folder))


def _cost(options: argparse.Namespace) -> str:
    return cost.report(options.catalogue, options.store)


PARTS: dict[str, Callable[[argparse.Namespace], str]] = {
    "cold-items": _cold_items,
    "cost": _cost,
    "encoding": _encoding,
    "lora": _lora,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the report part by part, and writes it."""
    options = parser().parse_args(arguments)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    made: list[str] = []
    for part in options.parts:
        made.append(PARTS[part](options))
        print(made[-1], flush=True)
        options.out.write_text("\n".join(made))


if __name__ == "__main__":
    try:
        main()
    except RecsysError as error:
        sys.exit(f"error: {error}")
