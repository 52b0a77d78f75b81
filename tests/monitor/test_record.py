from datetime import date, timedelta

from psycopg2.extensions import cursor

from recsys.monitor import record
from recsys.monitor.measures import Measure

DAY = date(2026, 1, 20)


def test_a_day_done_again_replaces_what_was_recorded_of_it(work: cursor) -> None:
    whole = Measure("quality", 0.1, "warm/recsys/all", 0.09, 0.11, 0.08, over=False)
    record.replace(work, DAY, [Measure("events", 10), Measure("lag_days", 3, bound=2, over=True)])
    record.replace(work, DAY, [Measure("events", 11), whole])
    assert record.read(work, DAY) == (DAY, [Measure("events", 11), whole])
    assert record.read(work) == record.read(work, DAY)


def test_before_anything_is_recorded_there_is_no_day_and_nothing_usual(work: cursor) -> None:
    assert record.read(work) == (None, [])
    assert record.usual(work, DAY) == {}


def test_usual_is_the_median_of_the_seven_days_recorded_before(work: cursor) -> None:
    for back, value in enumerate([1000, 7, 6, 5, 4, 3, 2, 1, 1000]):
        record.replace(work, DAY - timedelta(days=2 * back), [Measure("events", value), Measure("events", 1, "day")])
    assert record.usual(work, DAY) == {("events", ""): 4, ("events", "day"): 1}


def test_the_latest_is_that_of_the_nearest_day_before(work: cursor) -> None:
    for back, value in ((0, 9), (2, 5), (4, 1)):
        record.replace(work, DAY - timedelta(days=back), [Measure("answers", value, "so far")])
    assert record.latest(work, "answers", "so far", DAY) == 5
    assert record.latest(work, "answers", "", DAY) is None
