"""Where the seconds of a run went, from tiny literals."""

import pytest

from benchmarks.operation import Cost, Work, cost, critical_path, table

NEEDS = {"features": ["ingest"], "rank": ["features"], "evaluate": ["features"], "publish": ["rank", "evaluate"]}
WORKS = [
    Work("ingest", 101, 104, own=2),
    Work("features", 105, 110, own=3),
    Work("features", 105, 112, own=6),
    Work("rank", 113, 115, own=1),
    Work("evaluate", 113, 123, own=8),
    Work("publish", 124, 126, own=1),
]


def test_of_mapped_tasks_and_of_branches_the_last_to_end_is_on_the_path() -> None:
    path = critical_path(WORKS, NEEDS)
    assert [(work.name, work.ended) for work in path] == [
        ("ingest", 104),
        ("features", 112),
        ("evaluate", 123),
        ("publish", 126),
    ]


def test_the_seconds_of_a_run_are_waits_and_tasks_and_of_these_the_stages_own() -> None:
    found = cost(100, 100.5, 126.5, critical_path(WORKS, NEEDS))
    assert found == Cost(first_task=1.0, wall=26.0, waits=4.0, around=5.0)
    assert found.share == pytest.approx(9 / 26)


def test_a_stage_that_says_it_took_longer_than_its_task_counts_no_longer_than_that() -> None:
    assert cost(0, 0, 2, [Work("only", 0, 2, own=3)]).around == 0


def test_the_table_shows_median_least_and_most() -> None:
    costs = [Cost(first, 10, 1, 1) for first in (0.5, 1.5, 0.75)]
    assert "| trigger to first task, s | 0.75 | 0.50 to 1.50 |" in table(costs)
    assert "| Airflow's overhead, % of the run | 20.00 | 20.00 to 20.00 |" in table(costs)
