"""The page of experiments: what was seen by day, whether users arrive as the shares say, and what was decided."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg2
import pytest
from psycopg2.extensions import connection

from recsys.experiments import state
from recsys.experiments.decision import Look
from recsys.experiments.power import Detectable
from recsys.experiments.state import Decision, Experiment
from recsys.pages import screens
from recsys.pages.compared import chart
from recsys.pages.connection import reading
from tests.pages.conftest import Shown
from tests.pages.test_screens import text

NAME = "bigger <b>titles</b>"
DAY = datetime(2026, 1, 10, 6, tzinfo=UTC)


@pytest.fixture
def tried(db: connection, shown: Shown) -> connection:
    """A store with an experiment that was looked at on three days, twice on the last one."""
    with closing(psycopg2.connect(shown.dsn)) as owner, owner, owner.cursor() as work:
        known = [Detectable(14, 900, 0.1, 0.012)]
        state.insert(
            work,
            Experiment(
                NAME, "k", "ctr", "running", ["challenger"], [5, 20], 0.05, 100, None, known, DAY, None, None, "ann", ()
            ),
        )
        for share in (5, 20):
            state.step(work, NAME, {"champion": 100 - share, "challenger": share})
        state.record(work, NAME, "challenger", "start", "champion 95%, challenger 5%", "ann", 7)
        for hours, value in ((24, 0.01), (48, 0.03), (49, 0.02)):
            look = Look(120, value, value - 0.03, value + 0.03, 0.1)
            state.record(work, NAME, "challenger", "wait", "not sure yet", "robot", 7, look, 0.4)
            work.execute(
                "UPDATE recsys.experiment_decision SET decided_at = %s WHERE value = %s",
                (DAY + timedelta(hours=hours), value),
            )
        work.execute("UPDATE recsys.experiment_decision SET decided_at = %s WHERE action = 'start'", (DAY,))
    return db


def test_the_latest_difference_is_shown_with_its_interval_sample_ratio_and_what_can_be_detected(
    tried: connection,
) -> None:
    page = screens.experiments(tried, "/recsys", "")
    words = text(page)
    assert "+20.0% [-10.0%, +50.0%] better or worse is not sure; the champion's ctr is 0.1000" in words
    assert "Sample ratio p 0.4 holds in every step" in words
    assert "Detectable in 14 days 12% of a ctr of 0.100, with 80% probability" in words
    assert "challenger 20% publication 7; 120 users in this step" in words
    assert "champion 80%" in words
    assert "Planned for the challenger: 5%, 20%; at least 100 users a step." in words
    assert re.search(
        r"2026-01-12 07:00 challenger wait not sure yet robot .*start champion 95%, challenger 5% ann", words
    )


def test_a_day_is_a_point_of_the_chart_with_no_difference_in_the_middle(tried: connection) -> None:
    page = screens.experiments(tried, "/recsys", "")
    # +10% and +20% of a box from -50% to +50%
    assert 'points="0.0,40.0 100.0,30.0"' in page
    assert 'points="0.0,10.0 100.0,0.0 100.0,60.0 0.0,70.0"' in page
    assert "2026-01-11 to 2026-01-12" in text(page)


def test_a_sample_ratio_that_does_not_hold_is_an_alarm(tried: connection, shown: Shown) -> None:
    with closing(psycopg2.connect(shown.dsn)) as owner, owner, owner.cursor() as work:
        work.execute("UPDATE recsys.experiment_decision SET mismatch = 0.00001")
    page = screens.experiments(tried, "/recsys", "")
    assert "notice bad" in page
    assert "Sample ratio mismatch" in text(page)
    assert "p 1e-05 does not hold" in text(page)


def test_an_experiment_that_ended_tells_how_and_others_are_linked(tried: connection, shown: Shown) -> None:
    with closing(psycopg2.connect(shown.dsn)) as owner, owner, owner.cursor() as work:
        state.end(work, NAME, "challenger withdrawn: surely worse")
        work.execute(
            "INSERT INTO recsys.experiment (name, key, metric, arms, smallest_effect, min_users, actor)"
            " VALUES ('next', 'k', 'ctr', '{challenger}', 0.05, 100, 'ann')"
        )
        state.step(work, "next", {"champion": 50, "challenger": 50})
    page = screens.experiments(tried, "/recsys", NAME)
    assert "challenger withdrawn: surely worse" in text(page)
    assert 'href="/recsys/experiments?name=bigger%20%3Cb%3Etitles%3C/b%3E"' in page
    assert "<b>titles" not in page
    assert "Too little was seen to compare" in text(screens.experiments(tried, "/recsys", ""))


def test_without_an_experiment_the_page_says_how_to_make_one(db: connection, shown: Shown) -> None:
    assert "No experiment was made yet" in text(screens.experiments(db, "/recsys", ""))
    assert "There is no experiment of this name." in text(screens.experiments(db, "/recsys", "<script>"))


def test_the_operator_may_see_experiments_and_no_feedback_is_needed(
    tried: connection, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECSYS_PAGES_DATABASE_URL", shown.dsn)
    with reading() as db:
        assert "+20.0%" in screens.experiments(db, "/recsys", "")


def test_before_the_first_comparison_there_is_no_chart() -> None:
    alone = Decision(DAY, "challenger", "wait", "", "", None, Look(3, None, None, None, 0.1), None)
    assert chart([]) is None
    assert chart([alone]) is None
