"""What users did with what they were shown."""

from __future__ import annotations

from collections.abc import Iterable

from recsys.feedback.attribution import Figure
from recsys.monitor.measures import Measure


def measures_of(figures: Iterable[Figure]) -> list[Measure]:
    """Figures of feedback as measures, with their intervals."""
    return [Measure(made.metric, made.ratio.value, made.part, made.ratio.low, made.ratio.high) for made in figures]
