"""What users did with what they were shown, as the monitor recorded it: charts with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from recsys.pages import charts
from recsys.pages.health import Reading, Series, series

TITLES: Mapping[str, tuple[str, str]] = {
    "ctr": ("CTR", "clicked impressions among all"),
    "conversion": ("Conversion", "impressions that led to a purchase"),
    "value_per_impression": ("Value per impression", "of purchases, in the currency of the shop"),
    "impressions": ("Impressions", "of seven days, the latest that had their days"),
}
"""What the measures are called, and what they mean."""
DIMENSIONS: Mapping[str, str] = {
    "position": "CTR by position",
    "earlier": "CTR by earlier impressions of the same item to the same user",
    "signal": "CTR by signal",
    "segment": "CTR by whose list it was",
    "arm": "CTR by arm",
    "publication": "CTR by publication",
}
"""What charts show, in their order."""
MAX_MARKS = 30
"""Marks of a chart, the first ones."""


@dataclass(frozen=True)
class Chart:
    """CTR of the parts of a dimension, on a common axis."""

    title: str
    marks: Sequence[charts.Mark]
    impressions: Sequence[float]
    """Of each part."""


@dataclass(frozen=True)
class Answered:
    """Everything that the page shows."""

    as_of: date | None
    """Latest day with figures of feedback; None without any."""
    totals: Sequence[Series]
    position: Chart | None
    """CTR by position: the chart that comes first."""
    others: Sequence[Chart]


def answered(found: Sequence[Reading]) -> Answered:
    """The readings of the latest days, oldest first, sorted out for the page."""
    latest = max((reading.as_of for reading in found if reading.metric == "ctr"), default=None)
    of_day = [reading for reading in found if reading.as_of == latest]
    drawn = {name: _chart(name, title, of_day) for name, title in DIMENSIONS.items()}
    totals = [made for metric, words in TITLES.items() if (made := series(found, metric, *words))]
    others = [chart for name, chart in drawn.items() if chart and name != "position"]
    return Answered(latest, totals if latest else [], drawn["position"], others)


def _chart(dimension: str, title: str, readings: Sequence[Reading]) -> Chart | None:
    shown = {reading.part: reading.value for reading in readings if reading.metric == "impressions"}
    rows = sorted(
        (reading for reading in readings if reading.metric == "ctr" and reading.part.startswith(f"{dimension}/")),
        key=lambda reading: _order(dimension, reading, shown),
    )[:MAX_MARKS]
    if not rows:
        return None
    placed = charts.marks((row.part.partition("/")[2], row.value, row.low, row.high) for row in rows)
    return Chart(title, placed, [shown.get(row.part, 0.0) for row in rows])


def _order(dimension: str, reading: Reading, shown: Mapping[str, float]) -> tuple[float, str]:
    """Numbered parts by their number, newest publication first; all others by how often they were shown."""
    label = reading.part.partition("/")[2]
    if dimension in ("position", "earlier", "publication"):
        number = float(label.rstrip("+"))
        return (-number if dimension == "publication" else number), label
    return -shown.get(reading.part, 0.0), label
