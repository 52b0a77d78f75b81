"""What a day of the recommender costs at growing sizes, of one checkout or several side by side."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks import figures
from benchmarks.scale import picture, report, retrieval, shop
from benchmarks.scale.checkout import MODEL, Checkout, StageError
from benchmarks.scale.day import KINDS, Home, Measure
from benchmarks.scale.report import Place, Results
from benchmarks.scale.sizes import SIZES, Size

SEED = 7
GROW = 0.01
"""Share of all events that the next day adds."""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    found = argparse.ArgumentParser("python -m benchmarks.scale", description=__doc__)
    found.add_argument(
        "--sizes", nargs="+", choices=SIZES, default=["S"], help="; ".join(map(str, SIZES.values())) + " (default S)"
    )
    found.add_argument("--users", type=int, help="one size of your own, with --events and --items, instead of --sizes")
    found.add_argument("--events", type=int)
    found.add_argument("--items", type=int)
    found.add_argument(
        "--checkout",
        action="append",
        default=[],
        metavar="NAME=PATH",
        type=_named,
        help="a folder with the package recsys; repeatable, the others are compared with the first (default: this one)",
    )
    found.add_argument(
        "--python",
        action="append",
        default=[],
        metavar="PATH",
        type=Path,
        help="interpreter, one for all checkouts or one for each (default: this one)",
    )
    found.add_argument(
        "--stages",
        nargs="+",
        default=[],
        metavar="STAGE",
        help="only these and what they need (default: all that do without Postgres)",
    )
    found.add_argument(
        "--kinds",
        nargs="+",
        choices=KINDS,
        default=list(KINDS),
        help="days: first (an empty store that has the vectors of the texts), again (the same calls), "
        f"next (the day after, {GROW:.0%}% more events); default all, first always",
    )
    found.add_argument(
        "--repeat", type=int, default=1, metavar="N", help="how often everything is measured (default 1)"
    )
    found.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="SETTING",
        dest="settings",
        help="a setting for all checkouts, such as ranking.processes=1; repeatable",
    )
    found.add_argument("--work", type=Path, default=Path("var/scale"), help="folder of shops, stores and logs")
    found.add_argument("--out", type=Path, help="JSON of all figures, with a .png beside it (default WORK/scale.json)")
    found.add_argument(
        "--retrieval", action="store_true", help="instead: the top 100 of factors, ours beside implicit's"
    )
    figures.add_flag(found)
    return found


def _named(text: str) -> tuple[str, Path]:
    name, found, folder = text.partition("=")
    if not name or not found or not Path(folder, "recsys").is_dir():
        raise argparse.ArgumentTypeError(f"NAME=PATH of a folder with the package recsys was expected, not {text!r}")
    return name, Path(folder).resolve()


def checkouts(options: argparse.Namespace) -> list[Checkout]:
    """The checkouts asked for; raises `StageError` for interpreters that fit none."""
    named = options.checkout or [("this", Checkout("this").path)]
    pythons = options.python or [Path(sys.executable)]
    pythons = pythons * len(named) if len(pythons) == 1 else pythons
    if len(pythons) != len(named) or len(dict(named)) != len(named):
        raise StageError("give one --python, or one for each --checkout, and every checkout a name of its own")
    return [
        Checkout(name, path, python.absolute(), (*MODEL, *options.settings))
        for (name, path), python in zip(named, pythons, strict=True)
    ]


def sizes(options: argparse.Namespace) -> list[Size]:
    """The sizes asked for; raises `StageError` for a size that is not whole."""
    given = [options.users, options.events, options.items]
    if not any(given):
        return [SIZES[name] for name in options.sizes]
    if not all(given):
        raise StageError("--users, --events and --items go together")
    return [Size(f"{options.users}x{options.events}x{options.items}", *given)]


def run(options: argparse.Namespace) -> Results:
    """Measures size by size, repeat by repeat, checkout by checkout; writes the results after each day."""
    compared, work = checkouts(options), options.work.resolve()
    results = Results(
        {checkout.name: {"path": str(checkout.path), "commit": checkout.commit} for checkout in compared},
        {size.name: size for size in sizes(options)},
    )
    for size in results.sizes.values():
        _say(f"{size}; the shop is made")
        made = shop.make(work / "shops" / f"{size.name}-{SEED}-{shop.version()}", size, SEED, GROW)
        homes = [(checkout, Home(work / "runs" / checkout.name / size.name, made)) for checkout in compared]
        for repeat in range(options.repeat):
            for checkout, home in homes:
                try:
                    _measure(results, Place(size.name, checkout.name, "first", repeat), home, checkout, options)
                except StageError as error:
                    results.failures.append(f"{size.name}, {error}")
                    _say(f"FAILED: {error}")
                _write(results, options)
    return results


def _measure(results: Results, first: Place, home: Home, checkout: Checkout, options: argparse.Namespace) -> None:
    if first.repeat == 0:
        _say(f"{first.size} {first.checkout}: vectors of the texts are put into its cache")
        home.warm(checkout)
    home.clear()
    for kind in KINDS:
        if kind == "first" or kind in options.kinds:
            place = first._replace(kind=kind)
            results.days[place] = list(home.day(kind, checkout, options.stages, partial(_progress, place)))
            _write(results, options)


def _progress(place: Place, measure: Measure) -> None:
    rows = ", ".join(f"{count:,} {what}" for what, count in list(measure.rows.items())[:3])
    _say(
        f"{place.size} {place.checkout} {place.kind} #{place.repeat + 1} {measure.stage}: {measure.cpu_s:.1f} CPU s, "
        f"{measure.wall_s:.1f} s, {measure.peak_mb:,.0f} MB{', found' * measure.cached}; {rows}"
    )


def _write(results: Results, options: argparse.Namespace) -> None:
    out = options.out or options.work / "scale.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(results.to_dict(), indent=1))
    picture.draw(results, out.with_suffix(".png"))


def _say(text: str) -> None:
    print(text, flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints progress and tables; ends with status 1 where a stage failed."""
    options = parser().parse_args(arguments)
    if options.retrieval:
        _say(retrieval.report(retrieval.factors(), retrieval.ours))
        return
    results = run(options)
    _write(results, options)
    _say(f"\n{report.table(results)}")
    if options.docs and not results.failures:
        figures.fill("scale", report.table(results), "make bench-scale")
    if results.failures:
        sys.exit(1)


if __name__ == "__main__":
    try:
        main()
    except StageError as error:
        sys.exit(f"error: {error}")
