"""What breaks in the middle of a day: it recovers by itself, and readers have the whole set that was live."""

from __future__ import annotations

import pytest

from recsys.stages import STAGES
from recsys.standalone import installation
from tests.operations.five_days import BREAKS, UNTRACKED, Break, FiveDays
from tests.operations.history import DAYS

FACTS = """
    SELECT stage, one -> 'facts' ->> 'tracked'
    FROM recsys.publication, jsonb_each(manifest -> 'manifests') made (stage, all_of), jsonb_array_elements(all_of) one
    WHERE as_of = %s
"""


def test_with_mlflow_away_all_day_the_publication_goes_out_and_says_that_it_is_untracked(days: FiveDays) -> None:
    assert days.states[UNTRACKED] == "success"
    marks = dict(days.place.ask(FACTS, UNTRACKED))
    assert set(marks) >= {"ingest", "interests", "transfer", "signals", "ranker", "rank", "evaluate", "load"}
    assert set(marks.values()) == {"no"}


def test_a_day_with_mlflow_says_where_it_is_recorded(days: FiveDays) -> None:
    marks = dict(days.place.ask(FACTS, DAYS[-1]))
    assert all(url.startswith("http://127.0.0.1:") for url in marks.values())


@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: broken.what)
def test_readers_have_the_whole_day_before_and_then_the_day_succeeds(days: FiveDays, broken: Break) -> None:
    if broken.what == "disk" and days.disk is None:
        pytest.skip("a small disk needs the right to mount one")
    as_of, rows, whole = days.served[broken.what]
    assert as_of == DAYS[DAYS.index(broken.day) - 1]
    assert rows == whole > 0
    assert days.states[broken.day] == "success"
    assert {one.state for one in days.tasks[broken.day].values() if one.task in STAGES} == {"success"}


@pytest.mark.parametrize("broken", [one for one in BREAKS if one.what in ("worker", "disk")], ids=lambda one: one.what)
def test_a_task_that_was_killed_or_had_no_room_is_tried_again(days: FiveDays, broken: Break) -> None:
    if broken.what == "disk" and days.disk is None:
        pytest.skip("a small disk needs the right to mount one")
    assert any(one.attempt > 1 for one in days.tasks[broken.day].values())


def test_everything_runs_after_all_of_it(days: FiveDays) -> None:
    assert set(installation.running(days.place.home)) == {
        "postgres",
        "mlflow",
        "api-server",
        "scheduler",
        "dag-processor",
        "triggerer",
        "clean",
    }
