"""Whether drift asks for the language model to be trained: not again and again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from psycopg2.extensions import cursor

from recsys.monitor.drifts import DRIFTS
from recsys.monitor.measures import Measure
from recsys.settings import MonitorSettings

ASKED = "training_asked"
"""Metric of a day on which a training was asked for."""
NEAR = "SELECT as_of FROM recsys.monitor WHERE metric = %s AND abs(as_of - %s) < %s ORDER BY as_of DESC LIMIT 1"
YES = "yes"


def decide(work: cursor, as_of: date, found: Sequence[Measure], is_live: bool, settings: MonitorSettings) -> str:
    """`YES`, or why not. A day that asked once, and days around it, do not ask again."""
    over = [measure.metric for measure in found if measure.over and measure.metric in DRIFTS]
    if not over:
        return "no: no drift over its bound"
    if not settings.train_on_drift:
        return "no: monitor.train_on_drift is off"
    if not is_live:
        return "no: the day is not live"
    asked = _asked_near(work, as_of, settings.train_every_days)
    return YES if asked is None else f"no: asked for as of {asked}"


def kept(work: cursor, as_of: date, answer: str) -> list[Measure]:
    """What is to be recorded of it, so that the day itself remembers when it is done again."""
    return [Measure(ASKED, 1.0)] if answer == YES or _asked_near(work, as_of, 1) else []


def _asked_near(work: cursor, as_of: date, days: int) -> date | None:
    work.execute(NEAR, (ASKED, as_of, days))
    row = work.fetchone()
    return None if row is None else row[0]
