"""The page of feedback, from what the monitor recorded."""

from __future__ import annotations

from datetime import date

from psycopg2.extensions import connection

from recsys.monitor import record
from recsys.monitor.measures import Measure
from recsys.pages import screens
from tests.pages.conftest import Shown
from tests.pages.test_screens import text

DAY = date(2026, 1, 20)
NAMES = (
    "position/10",
    "position/2",
    "position/1",
    "earlier/5+",
    "earlier/0",
    "arm/x/<b>new</b>",
    "arm/x/champion",
    "publication/9",
    "publication/10",
    "segment/cohort",
    "signal/ease",
)


def recorded(db: connection) -> None:
    measures = [
        Measure("ctr", 0.125, "", 0.1, 0.15),
        Measure("impressions", 4321),
        Measure("conversion", 0.02),
        Measure("value_per_impression", 1.25, "", 1.0, 1.5),
    ]
    for rank, name in enumerate(NAMES):
        measures += [Measure("ctr", 0.02 * rank, name, 0.01 * rank, 0.03 * rank), Measure("impressions", 100, name)]
    with db, db.cursor() as work:
        record.replace(work, DAY, measures)


def test_the_page_shows_what_users_did_with_intervals(db: connection, shown: Shown) -> None:
    recorded(db)
    page = screens.feedback(db, "/recsys")
    read = text(page)
    assert "as of 2026-01-20" in read
    assert "CTR 12.5%" in read
    assert "10% to 15%" in read
    assert "Impressions 4,321" in read
    assert "Value per impression 1.250" in read
    assert "CTR by position CTR Impressions 1 4% [2%, 6%] 100 2 2% [1%, 3%] 100 10 0% 100" in read
    assert "0 8% [4%, 12%] 100 5+ 6% [3%, 9%] 100" in read
    assert read.index("CTR by publication") < read.index("10 16%") < read.index("9 14%")
    assert page.count("<svg") == 4 + len(NAMES)


def test_names_of_arms_and_cohorts_become_no_markup(db: connection, shown: Shown) -> None:
    recorded(db)
    page = screens.feedback(db, "/recsys")
    assert "x/<b>new</b>" in text(page)
    assert "<b>new" not in page


def test_before_any_feedback_the_page_says_how_it_comes(db: connection, shown: Shown) -> None:
    page = screens.feedback(db, "/recsys")
    assert "record_feedback" in page
    assert 'aria-current="page">Feedback' in page
    assert "<svg" not in page
