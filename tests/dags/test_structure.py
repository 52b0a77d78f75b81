"""Every DAG is documented, owned, bounded in time, tried again by kind of error, and quick to parse."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from recsys.stages import STAGES

Dag = dict[str, Any]
FILES = ("recsys_daily", "recsys_experiment", "recsys_forget", "recsys_maintenance", "recsys_refresh", "recsys_train")
ROLLBACKS = ("recsys_rollback", "recsys_rollback_model")
DAGS = (*FILES, *ROLLBACKS)


@pytest.fixture(scope="module")
def files(airflow_home: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    outcome = tmp_path_factory.mktemp("parsed") / "outcome.json"
    ended = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("parse.py")), str(outcome)],
        env=airflow_home,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]
    return dict(json.loads(outcome.read_text()))


@pytest.fixture(scope="module")
def dags(files: dict[str, Any]) -> dict[str, Dag]:
    return {name: dag for file in files.values() for name, dag in file["dags"].items()}


def test_every_dag_is_known_to_these_tests(dags: dict[str, Dag]) -> None:
    assert set(dags) == set(DAGS)


@pytest.mark.parametrize("file", FILES)
def test_a_file_is_parsed_within_a_second_and_loads_nothing_heavy(files: dict[str, Any], file: str) -> None:
    assert files[f"{file}.py"]["seconds"] < 1
    assert files[f"{file}.py"]["heavy"] == []


@pytest.mark.parametrize("name", DAGS)
def test_a_dag_says_what_it_is_for_and_who_hears_of_its_failure(dags: dict[str, Dag], name: str) -> None:
    dag = dags[name]
    assert dag["doc"].startswith("# ")
    assert len(dag["doc"]) > 200
    assert (dag["tags"], dag["on_failure"]) == (["recsys"], ["failed"])


@pytest.mark.parametrize("name", DAGS)
def test_a_dag_that_is_unpaused_waits_for_its_next_time(dags: dict[str, Dag], name: str) -> None:
    """With a start date it would at once run the latest time that has passed, before what was triggered by hand."""
    assert dags[name]["starts"] is None


@pytest.mark.parametrize("name", DAGS)
def test_one_run_of_a_dag_is_alive_at_a_time_and_not_for_ever(dags: dict[str, Dag], name: str) -> None:
    dag = dags[name]
    assert (dag["max_active_runs"], dag["catchup"]) == (1, False)
    assert dag["timeout"] >= max(task["timeout"] for task in dag["tasks"].values())


@pytest.mark.parametrize("name", DAGS)
def test_every_task_is_owned_bounded_and_tried_again_by_kind_of_error(dags: dict[str, Dag], name: str) -> None:
    for task in dags[name]["tasks"].values():
        assert (task["owner"], task["pool"], task["by_kind"]) == ("recsys", "default_pool", True)
        assert 0 < task["timeout"] <= 12 * 3600


@pytest.mark.parametrize("name", DAGS)
def test_every_task_is_tried_again_once_or_twice_but_a_rollback_is_not(dags: dict[str, Dag], name: str) -> None:
    for task in dags[name]["tasks"].values():
        assert task["retries"] in ((0,) if name in ROLLBACKS else (1, 2))


@pytest.mark.parametrize("name", DAGS)
def test_every_field_of_a_form_is_checked_and_explained(dags: dict[str, Dag], name: str) -> None:
    for field, param in dags[name]["params"].items():
        assert param["title"], field
        assert len(param["help"]) >= 20, field
        assert "type" in param["schema"], field


def test_the_days_stages_run_in_order_between_their_frame(dags: dict[str, Dag]) -> None:
    tasks = dags["recsys_daily"]["tasks"]
    assert set(tasks) == {"wait_for_data", "begin", *STAGES, "end", "announce", "drifted", "train"}
    assert (tasks["wait_for_data"]["after"], tasks["begin"]["after"]) == ([], ["wait_for_data"])
    for name, stage in STAGES.items():
        assert set(stage.needs) <= set(tasks[name]["after"])
    assert "monitor" in tasks["end"]["after"]
    assert (tasks["drifted"]["after"], tasks["drifted"]["outlets"]) == (["monitor"], ["recsys://drift/"])
    assert (tasks["train"]["kind"], tasks["train"]["after"]) == ("TriggerDagRunOperator", ["drifted"])


@pytest.mark.parametrize(
    ("name", "cause"),
    [("recsys_daily", "publish"), ("recsys_rollback", "rollback"), ("recsys_experiment", "experiment")],
)
def test_whatever_may_change_what_is_live_announces_it(dags: dict[str, Dag], name: str, cause: str) -> None:
    task = dags[name]["tasks"]["announce"]
    assert (task["after"], task["outlets"]) == ([cause], ["recsys://publication/"])


def test_with_nothing_to_wait_for_the_wait_takes_no_worker(dags: dict[str, Dag]) -> None:
    assert dags["recsys_daily"]["tasks"]["wait_for_data"]["kind"] == "EmptyOperator"


def test_a_daily_run_has_a_deadline(dags: dict[str, Dag]) -> None:
    assert {name: dag["deadline"] for name, dag in dags.items() if dag["deadline"]} == {"recsys_daily": ["6:00:00"]}
