"""Marks of small charts in percent of their width or height: templates draw them as SVG."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

WIDTH = 96
"""Place of the greatest value: what is drawn around it needs room."""


@dataclass(frozen=True)
class Mark:
    """A value with its interval, placed on an axis of 0 to 100."""

    label: str
    value: float
    low: float
    """The value itself where there is no interval."""
    high: float
    at: float
    """Place of the value, 0 to 100."""
    start: float
    """Place of the lower end."""
    length: float
    """Length of the interval."""


def marks(rows: Iterable[tuple[str, float, float | None, float | None]]) -> list[Mark]:
    """Rows of label, value, low, high on a common axis from 0 to the greatest upper end, which is at `WIDTH`.

    >>> [(mark.at, mark.start, mark.length) for mark in marks([("a", 0.5, 0.25, 1.0), ("b", 0.25, None, None)])]
    [(48.0, 24.0, 72.0), (24.0, 24.0, 0.0)]
    """
    given = [
        (label, value, value if low is None else low, value if high is None else high)
        for label, value, low, high in rows
    ]
    scale = WIDTH / (max((high for *_, high in given), default=0) or 1)
    return [
        Mark(label, value, low, high, value * scale, low * scale, (high - low) * scale)
        for label, value, low, high in given
    ]


@dataclass(frozen=True)
class Share:
    """A part of a whole, placed on a bar of 0 to 100."""

    label: str
    share: float
    start: float
    length: float


def shares(parts: Mapping[str, float]) -> list[Share]:
    """Parts one after another, greatest first, together 100 wide.

    >>> [(part.label, part.start, part.length) for part in shares({"follows": 1, "neighbours": 3})]
    [('neighbours', 0.0, 75.0), ('follows', 75.0, 25.0)]
    """
    whole, start, made = sum(parts.values()), 0.0, []
    for label, part in sorted(parts.items(), key=lambda pair: -pair[1]):
        if part > 0:
            made.append(Share(label, part / whole, start, 100 * part / whole))
            start += made[-1].length
    return made


def line(values: Sequence[float], ceiling: float | None = None) -> str:
    """Points of an SVG polyline in a box of 100 by 100, oldest left; 0 is the floor, `ceiling` at least the top.

    >>> line([0, 5, 10])
    '0.0,100.0 50.0,50.0 100.0,0.0'
    """
    top = max(*values, ceiling or 0, 1e-12) if values else 1
    step = 100 / max(len(values) - 1, 1)
    return " ".join(f"{place * step:.1f},{100 - 100 * max(value, 0) / top:.1f}" for place, value in enumerate(values))


@dataclass(frozen=True)
class Line:
    """Values over places, in a box of 100 by 100 whose floor is 0."""

    label: str
    latest: float
    """The value at the last place."""
    points: Sequence[tuple[float, float]]
    """Place, and height from the top, of every value."""
    band: str
    """Points of an SVG polygon around the intervals."""

    @property
    def path(self) -> str:
        """Points of an SVG polyline."""
        return _points(self.points)


def lines(given: Mapping[str, Sequence[tuple[float, float, float, float]]], ceiling: float = 0) -> list[Line]:
    """Rows of place, value, low, high by label, on a common scale: places from left to right, the greatest upper end on
    top, or `ceiling` where it is higher.

    >>> [(line.path, line.band) for line in lines({"a": [(0, 1, 0.5, 2), (4, 2, 1, 2)]})]
    [('0.0,50.0 100.0,0.0', '0.0,0.0 100.0,0.0 100.0,50.0 0.0,75.0')]
    """
    places = [place for rows in given.values() for place, *_ in rows]
    top = max(ceiling, *(high for rows in given.values() for *_, high in rows), 0) or 1
    left, width = min(places, default=0), max(places, default=0) - min(places, default=0)

    def at(place: float, value: float) -> tuple[float, float]:
        return 100 * (place - left) / width if width else 50.0, 100 - 100 * value / top

    def line(label: str, rows: Sequence[tuple[float, float, float, float]]) -> Line:
        upper = [at(place, high) for place, _, _, high in rows]
        lower = [at(place, low) for place, _, low, _ in reversed(rows)]
        return Line(label, rows[-1][1], [at(place, value) for place, value, *_ in rows], _points([*upper, *lower]))

    return [line(label, rows) for label, rows in given.items()]


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def height(value: float, values: Sequence[float]) -> float:
    """Height of a horizontal line at `value` in the chart of `line(values, value)`, from the top."""
    return 100 - 100 * value / max(*values, value, 1e-12)
