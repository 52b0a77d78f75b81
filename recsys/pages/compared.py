"""The arms of an experiment as a page shows them: the latest look at each, and a chart of all looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from recsys.experiments.decision import Look
from recsys.experiments.state import Decision, Experiment
from recsys.pages import charts

MAX_DECISIONS = 100
"""Decisions that a page shows, newest first."""


@dataclass(frozen=True)
class Chart:
    """Differences by day in a box of 100 by 100, as shares of the champion's metric."""

    first: str
    last: str
    top: float
    """Difference at the top of the box; the bottom is its negative."""
    line: charts.Line


@dataclass(frozen=True)
class Arm:
    """A challenger beside the champion."""

    name: str
    share: float
    """Percent of the users; 0 after the end."""
    pub_id: int | None
    look: Look | None
    """The latest at which anything was to be compared; None before that."""
    users: int
    chart: Chart | None


def arms(found: Experiment, made: Sequence[Decision]) -> list[Arm]:
    """The challengers of an experiment by its decisions, newest first."""
    return [_arm(found, name, [decision for decision in made if decision.arm == name]) for name in found.arms]


def _arm(found: Experiment, name: str, made: Sequence[Decision]) -> Arm:
    looks = [decision.look for decision in made if decision.look]
    return Arm(
        name,
        found.shares[name] if found.status == "running" else 0.0,
        next((decision.pub_id for decision in made if decision.pub_id is not None), None),
        next((look for look in looks if look.relative), None),
        looks[0].users if looks else 0,
        chart(made),
    )


def chart(made: Sequence[Decision]) -> Chart | None:
    """The last look of each day with its interval, oldest left and 0 in the middle; None before the first."""
    by_day = {
        decision.decided_at.date(): decision.look.relative
        for decision in reversed(made)
        if decision.look and decision.look.relative
    }
    rows = [(day.toordinal(), *relative) for day, relative in by_day.items() if relative]
    if not rows:
        return None
    top = max(max(abs(low), abs(high)) for _, _, low, high in rows) or 1.0
    lifted = [(day, value + top, low + top, high + top) for day, value, low, high in rows]
    (line,) = charts.lines({"": lifted}, 2 * top)
    return Chart(str(min(by_day)), str(max(by_day)), top, line)
