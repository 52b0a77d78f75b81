"""A number of a day, and whether it is beyond its bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Usual = Mapping[tuple[str, str], float]
"""What a metric, or a part of it, mostly was on the days recorded before, by metric and part."""


@dataclass(frozen=True)
class Measure:
    """A metric, or a part of it."""

    metric: str
    value: float
    part: str = ""
    """What of the metric it is, such as a segment; empty: the whole."""
    low: float | None = None
    high: float | None = None
    """95% interval; None where there is none."""
    bound: float | None = None
    over: bool = False
    """Whether the value is on the wrong side of its bound."""


def at_most(metric: str, value: float, bound: float | None, part: str = "") -> Measure:
    """A measure that is over above its bound.

    >>> at_most("lag_days", 3, 2).over, at_most("lag_days", 2, 2).over, at_most("lag_days", 9, None).over
    (True, False, False)
    """
    return Measure(metric, value, part, bound=bound, over=bound is not None and value > bound)


def at_least(metric: str, value: float, bound: float | None) -> Measure:
    """A measure that is over below its bound."""
    return Measure(metric, value, bound=bound, over=bound is not None and value < bound)


def change(measure: Measure, usual: Usual, bound: float | None) -> list[Measure]:
    """By what share a measure is more (or, below 0, less) than usual; none without days before, or where 0 is usual.

    >>> change(Measure("events", 40.0), {("events", ""): 100.0}, bound=0.5)[0]
    Measure(metric='events_change', value=-0.6, part='', low=None, high=None, bound=0.5, over=True)
    """
    before = usual.get((measure.metric, measure.part))
    if not before:
        return []
    share = measure.value / before - 1
    over = bound is not None and abs(share) > bound
    return [Measure(f"{measure.metric}_change", share, measure.part, bound=bound, over=over)]
