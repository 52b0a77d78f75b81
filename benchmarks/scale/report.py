"""Results of the measures: totals, ratios between checkouts, growth with the number of events."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from statistics import median
from typing import Any, NamedTuple

from benchmarks.scale.day import KINDS, Kind, Measure
from benchmarks.scale.sizes import Size

TOTAL = "total"


class Place(NamedTuple):
    """Which day it was."""

    size: str
    checkout: str
    kind: Kind
    repeat: int


@dataclass(frozen=True)
class Results:
    """Everything measured so far."""

    checkouts: Mapping[str, Mapping[str, str]]
    """Path and commit by name; the others are compared with the first."""
    sizes: Mapping[str, Size]
    days: dict[Place, list[Measure]] = field(default_factory=dict)
    """Only days of which every stage ended well."""
    failures: list[str] = field(default_factory=list)

    def cpu(self, size: str, checkout: str, kind: Kind) -> dict[str, list[float]]:
        """CPU seconds by stage, and their total, of each repeat."""
        found: dict[str, list[float]] = {}
        for measures in self.of(size, checkout, kind):
            for measure in measures:
                found.setdefault(measure.stage, []).append(measure.cpu_s)
            found.setdefault(TOTAL, []).append(sum(measure.cpu_s for measure in measures))
        return {
            **{name: values for name, values in found.items() if name != TOTAL},
            **{name: values for name, values in found.items() if name == TOTAL},
        }

    def peak(self, size: str, checkout: str, kind: Kind) -> dict[str, float]:
        """Most peak memory of each stage in any repeat, MB."""
        found: dict[str, float] = {}
        for measures in self.of(size, checkout, kind):
            for measure in measures:
                found[measure.stage] = max(measure.peak_mb, found.get(measure.stage, 0.0))
        return found

    def of(self, size: str, checkout: str, kind: Kind) -> list[list[Measure]]:
        """The days of every repeat."""
        return [measures for place, measures in self.days.items() if place[:3] == (size, checkout, kind)]

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON types, with ratios and exponents."""
        days = [
            {
                **place._asdict(),
                "stages": [asdict(measure) for measure in measures],
                "cpu_s": sum(measure.cpu_s for measure in measures),
                "wall_s": sum(measure.wall_s for measure in measures),
                "peak_mb": max(measure.peak_mb for measure in measures),
            }
            for place, measures in self.days.items()
        ]
        return {
            "checkouts": self.checkouts,
            "sizes": {name: asdict(size) for name, size in self.sizes.items()},
            "days": days,
            "ratios": list(ratios(self)),
            "exponents": list(exponents(self)),
            "failures": self.failures,
        }


def ratios(results: Results) -> Iterator[dict[str, Any]]:
    """CPU seconds of a day over those of the first checkout, of the same repeat: least, median, most."""
    baseline, *others = results.checkouts
    for size in results.sizes:
        for checkout in others:
            for kind in KINDS:
                found = [
                    _total(measures) / _total(results.days[before])
                    for place, measures in results.days.items()
                    if place[:3] == (size, checkout, kind)
                    if (before := place._replace(checkout=baseline)) in results.days
                ]
                if found:
                    yield {
                        "size": size,
                        "checkout": checkout,
                        "baseline": baseline,
                        "kind": kind,
                        "min": min(found),
                        "median": median(found),
                        "max": max(found),
                        "repeats": len(found),
                    }


def exponents(results: Results) -> Iterator[dict[str, Any]]:
    """Logarithm of the ratio of CPU seconds over that of events, from each size to the next, by stage."""
    ordered = sorted(results.sizes.values(), key=lambda size: size.events)
    for small, large in pairwise(ordered):
        for checkout in results.checkouts:
            for kind in KINDS:
                before, after = (results.cpu(size.name, checkout, kind) for size in (small, large))
                found = {
                    stage: exponent(median(before[stage]), median(after[stage]), small.events, large.events)
                    for stage in after
                    if stage in before
                }
                if found and small.events < large.events:
                    yield {"from": small.name, "to": large.name, "checkout": checkout, "kind": kind, "of": found}


def exponent(cost: float, later: float, events: int, more: int) -> float:
    """The k of `later / cost = (more / events)^k`.

    >>> exponent(2.0, 8.0, 100, 400), exponent(3.0, 3.0, 100, 400)
    (1.0, 0.0)
    """
    return math.log(later / cost) / math.log(more / events) if more != events else 0.0


def table(results: Results) -> str:
    """All of it as Markdown: a table a size, then ratios and exponents."""
    parts = [_of_size(results, size) for size in results.sizes]
    for ratio in ratios(results):
        parts.append(
            f"{ratio['size']}, {ratio['kind']}: {ratio['checkout']} takes {ratio['median']:.2f} "
            f"({ratio['min']:.2f} to {ratio['max']:.2f}) of the CPU of {ratio['baseline']}"
        )
    for growth in exponents(results):
        stages = ", ".join(f"{stage} {value:.2f}" for stage, value in growth["of"].items())
        parts.append(
            f"{growth['from']} to {growth['to']}, {growth['kind']}, {growth['checkout']}: "
            f"CPU grows as events^: {stages}"
        )
    return "\n\n".join([*parts, *(f"FAILED: {failure}" for failure in results.failures)])


def _of_size(results: Results, size: str) -> str:
    columns = [(checkout, kind) for checkout in results.checkouts for kind in KINDS if results.of(size, checkout, kind)]
    cpu = [results.cpu(size, *column) for column in columns]
    peak = [results.peak(size, *column) for column in columns]
    stages = dict.fromkeys(stage for column in cpu for stage in column if stage != TOTAL)
    head = [f"{checkout} {kind}" for checkout, kind in columns]
    rows = [
        [stage, *(_cell(here.get(stage), most.get(stage)) for here, most in zip(cpu, peak, strict=True))]
        for stage in stages
    ]
    rows.append([TOTAL, *(_cell(here[TOTAL], max(most.values())) for here, most in zip(cpu, peak, strict=True))])
    lines = [["CPU s (peak MB)", *head], ["---"] * (len(head) + 1), *rows]
    return "\n".join([str(results.sizes[size]), "", *(f"| {' | '.join(line)} |" for line in lines)])


def _cell(cpu: Sequence[float] | None, peak: float | None) -> str:
    return "" if not cpu or peak is None else f"{median(cpu):.1f} ({peak:,.0f})"


def _total(measures: Sequence[Measure]) -> float:
    return sum(measure.cpu_s for measure in measures)
