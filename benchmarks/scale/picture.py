"""The picture of the measures: CPU seconds by stage, and peak memory, of every day."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from benchmarks.scale.day import KINDS, Kind
from benchmarks.scale.report import TOTAL, Results
from recsys.tracking.pictures import palette

Bar = tuple[str, Kind]


def draw(results: Results, file: Path) -> None:
    """Writes a PNG: a column a size, CPU above, memory below; a bar a checkout and kind of day."""
    sizes = [size for size in results.sizes if any(place.size == size for place in results.days)]
    if not sizes:
        return
    stages = list(dict.fromkeys(measure.stage for day in results.days.values() for measure in day))
    bars = [
        (checkout, kind)
        for kind in KINDS
        for checkout in results.checkouts
        if any(place[1:3] == (checkout, kind) for place in results.days)
    ]
    figure = palette.page("What a day costs", 2.2 + 3.4 * len(sizes), 2.2 + 0.62 * len(bars))
    panels = figure.subplots(2, len(sizes), squeeze=False, sharey=True)
    for column, size in enumerate(sizes):
        _cpu(panels[0, column], results, size, bars, stages)
        _peak(panels[1, column], results, size, bars, stages)
    marks = [Patch(**_look(stage, stages), label=stage) for stage in stages]
    figure.legend(handles=marks, loc="outside lower left", ncols=3 * len(sizes), frameon=False, fontsize=9)
    figure.savefig(file, format="png")


def _cpu(axes: Axes, results: Results, size: str, bars: Sequence[Bar], stages: Sequence[str]) -> None:
    """Medians of the repeats, stacked in the order of the stages, with their sum."""
    for place, bar in enumerate(bars):
        seconds = {stage: median(values) for stage, values in results.cpu(size, *bar).items() if stage != TOTAL}
        left = 0.0
        for stage, value in seconds.items():
            axes.barh(place, value, left=left, height=0.7, **_look(stage, stages))
            left += value
        if seconds:
            axes.text(left, place, f" {left:,.0f}", va="center", fontsize=8, color=palette.INK)
    _finish(axes, bars, f"{size}: CPU seconds ({results.sizes[size].events:,} events)")


def _peak(axes: Axes, results: Results, size: str, bars: Sequence[Bar], stages: Sequence[str]) -> None:
    """The stage that takes most, in its colour."""
    for place, bar in enumerate(bars):
        peak = results.peak(size, *bar)
        if peak:
            stage = max(peak, key=lambda name: peak[name])
            axes.barh(place, peak[stage], height=0.7, **_look(stage, stages))
            axes.text(peak[stage], place, f" {peak[stage]:,.0f}", va="center", fontsize=8, color=palette.INK)
    _finish(axes, bars, f"{size}: peak memory of the largest process, MB")


def _look(stage: str, stages: Sequence[str]) -> dict[str, Any]:
    """Colour of a stage; beyond the palette's number hatched."""
    number = stages.index(stage)
    hatch = "" if number < len(palette.SERIES) else "//"
    return {"facecolor": palette.SERIES[number % len(palette.SERIES)], "hatch": hatch, "edgecolor": "white"}


def _finish(axes: Axes, bars: Sequence[Bar], title: str) -> None:
    axes.set_yticks(range(len(bars)), [f"{kind}, {checkout}" for checkout, kind in bars])
    axes.set_ylim(len(bars) - 0.5, -0.5)
    axes.margins(x=0.15)
    palette.tidy(axes, title)
