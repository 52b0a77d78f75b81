"""Readings of the monitor, sorted out for the page."""

from __future__ import annotations

from datetime import date

from recsys.pages.health import Reading, health

DAYS = [date(2026, 1, day) for day in (1, 2, 3)]


def reading(day: int, metric: str, value: float, part: str = "", bound: float | None = None) -> Reading:
    return Reading(DAYS[day], metric, part, value, None, None, bound, bound is not None and value > bound)


def test_a_measure_beyond_its_bound_on_the_latest_day_is_an_alarm() -> None:
    found = [
        reading(0, "psi_actions", 0.4, bound=0.25),
        reading(2, "psi_actions", 0.1, bound=0.25),
        reading(2, "interest_drift", 0.3, bound=0.2),
    ]
    worse = Reading(DAYS[2], "quality", "hindsight/recsys/all", 0.1, 0.05, 0.15, 0.12, True)
    made = health([*found, worse])
    assert [alarm.metric for alarm in made.alarms] == ["interest_drift", "quality"]
    assert [series.metric for series in made.guards] == ["interest_drift", "psi_actions"]
    assert made.guards[1].line == "0.0,0.0 100.0,75.0"
    assert made.as_of == DAYS[2]


def test_quality_is_drawn_under_the_leading_protocol_of_the_latest_day_alone() -> None:
    found = [
        reading(0, "quality", 0.3, "warm/recsys/all"),
        reading(1, "quality", 0.05, "hindsight/recsys/all"),
        reading(1, "quality", 0.01, "hindsight/popularity/all"),
        reading(1, "quality", 0.02, "hindsight/recsys/0"),
        reading(2, "quality", 0.1, "hindsight/recsys/all"),
    ]
    made = health(found).quality
    assert made is not None
    assert (made.title, made.days, made.line) == ("NDCG@10 of what was published, hindsight", 2, "0.0,50.0 100.0,0.0")


def test_evidence_is_that_of_the_latest_day_in_the_order_of_the_segments() -> None:
    found = [
        reading(1, "evidence", 9, "0"),
        reading(2, "evidence", 2, "11-30"),
        reading(2, "evidence", 5, "0"),
        reading(2, "evidence", 1, "31+"),
        reading(2, "evidence", 4, "4-10"),
    ]
    assert [(mark.label, mark.value) for mark in health(found).evidence] == [
        ("0", 5),
        ("4-10", 4),
        ("11-30", 2),
        ("31+", 1),
    ]


def test_before_the_first_day_there_is_nothing_and_no_alarm() -> None:
    made = health([])
    assert (made.as_of, made.guards, made.volumes, made.quality, made.evidence, made.alarms) == (
        None,
        [],
        [],
        None,
        [],
        [],
    )
