"""Figures from the table of feedback itself, recorded and shown."""

from __future__ import annotations

from contextlib import closing

import psycopg2
import pytest

from recsys.feedback import measured
from recsys.feedback.attribution import Figure
from recsys.monitor import record
from recsys.monitor.answered import measures_of
from recsys.monitor.measures import Measure
from recsys.publish import roles
from recsys.settings import FeedbackSettings
from tests.feedback.conftest import Report, day

CHOSEN = FeedbackSettings(attribution_days=2, fatigue_days=3)
SHOWN = [
    ("ann", "a", "impression", 2.5),
    ("ann", "b", "impression", 2.5),
    ("ann", "a", "click", 1.0),
    ("bob", "b", "impression", 3.5),
    ("bob", "b", "click", 3.4),
    ("bob", "b", "click", 3.2),
    ("eve", "c", "impression", 4.5),
]


def measure(dsn: str, back: int = 1) -> dict[tuple[str, str], float]:
    with closing(psycopg2.connect(dsn)) as db:
        found: list[Figure] = measured.measure(db, day(back), CHOSEN)
    return {(figure.metric, figure.part): figure.ratio.value for figure in found}


def test_figures_are_those_of_what_was_recorded(shown: str, report: Report) -> None:
    report(SHOWN)
    found = measure(shown)
    assert {part: value for (metric, part), value in found.items() if metric == "ctr"} == {
        "": 0.5,
        "publication/1": 0.5,
        "position/1": 2 / 3,
        "position/2": 0.0,
        "signal/signal": 0.5,
        "segment/user": 2 / 3,
        "segment/population": 0.0,
        "earlier/0": 0.5,
    }
    assert found[("impressions", "")] == 4
    assert ("value_per_impression", "") not in found


def test_impressions_count_when_they_had_their_days_and_nothing_after_the_day_counts(
    shown: str, report: Report
) -> None:
    report([*SHOWN, ("bob", "a", "impression", 1.9)])
    assert measure(shown)[("impressions", "")] == 4
    assert measure(shown, 2)[("impressions", "")] == 2
    assert measure(shown, 2)[("ctr", "segment/user")] == 1
    assert measure(shown, 4) == {}
    assert measure(shown, 20) == {}


def test_of_more_feedback_than_is_read_a_part_of_the_users_is_measured(
    shown: str, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    report([(f"n{number}", "c", "impression", 2.5) for number in range(300)])
    monkeypatch.setattr(measured, "MAX_ROWS", 100)
    assert 60 < measure(shown)[("impressions", "")] < 140


def test_the_publisher_records_figures(shown: str, report: Report) -> None:
    report(SHOWN)
    with closing(psycopg2.connect(shown)) as db:
        roles.act_as_publisher(db)
        made = measures_of(measured.measure(db, day(1), CHOSEN))
        with db, db.cursor() as work:
            record.replace(work, day(1), made)
            _, found = record.read(work, day(1))
    (whole,) = [one for one in found if (one.metric, one.part) == ("ctr", "")]
    assert whole.value == 0.5
    assert whole.low is not None
    assert Measure("impressions", 4.0) in found
