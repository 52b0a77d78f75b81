import threading
from contextlib import closing
from datetime import date, timedelta

import psycopg2
import pytest
from psycopg2.extensions import cursor

from recsys.monitor import record, training
from recsys.monitor.measures import Measure
from recsys.settings import MonitorSettings

DAY = date(2026, 1, 20)
DRIFT = Measure("interest_drift", 0.4, bound=0.2, over=True)
ALLOWED = MonitorSettings(train_on_drift=True, train_every_days=7)


def asked(
    work: cursor, day: date, found: Measure = DRIFT, is_live: bool = True, settings: MonitorSettings = ALLOWED
) -> str:
    """The answer of a day, which is then recorded."""
    answer = training.decide(work, day, [found], is_live, settings)
    record.replace(work, day, [found, *training.kept(work, day, answer)])
    return answer


def test_drift_over_its_bound_asks_for_a_training(work: cursor) -> None:
    assert asked(work, DAY) == training.YES


@pytest.mark.parametrize(
    ("found", "is_live", "settings", "why"),
    [
        (Measure("interest_drift", 0.1, bound=0.2), True, ALLOWED, "no drift"),
        (Measure("lag_days", 9, bound=2, over=True), True, ALLOWED, "no drift"),
        (DRIFT, False, ALLOWED, "not live"),
        (DRIFT, True, MonitorSettings(), "train_on_drift is off"),
    ],
)
def test_otherwise_it_says_why_not(
    found: Measure, is_live: bool, settings: MonitorSettings, why: str, work: cursor
) -> None:
    assert why in asked(work, DAY, found, is_live, settings)
    assert training.ASKED not in {one.metric for one in record.read(work, DAY)[1]}


def test_drift_that_goes_on_asks_once_a_week(work: cursor) -> None:
    days = [DAY + timedelta(days=ahead) for ahead in range(15)]
    assert [day for day in days if asked(work, day) == training.YES] == [days[0], days[7], days[14]]


def test_the_same_day_again_does_not_ask_again_and_days_after_it_still_know(work: cursor) -> None:
    assert asked(work, DAY) == training.YES
    assert asked(work, DAY) == f"no: asked for as of {DAY}"
    assert asked(work, DAY + timedelta(days=6)) == f"no: asked for as of {DAY}"


def test_a_backfill_of_days_before_does_not_ask_again(work: cursor) -> None:
    assert asked(work, DAY) == training.YES
    assert asked(work, DAY - timedelta(days=3)) != training.YES


def test_of_two_runs_of_one_day_at_once_only_one_asks(watched: str, work: cursor) -> None:
    work.connection.commit()  # what the fixture emptied
    answers: list[str] = []

    def run() -> None:
        with closing(psycopg2.connect(watched)) as db, db, db.cursor() as mine:
            record.take_turn(mine)
            answers.append(asked(mine, DAY))

    both = [threading.Thread(target=run) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(answers) == [f"no: asked for as of {DAY}", training.YES]
