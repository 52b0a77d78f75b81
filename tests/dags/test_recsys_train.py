from __future__ import annotations

import json
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from recsys.settings import load
from recsys.tracking import champion, registry
from tests.language import tiny
from tests.training.catalogues import by_word
from tests.training.conftest import QUICK


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("trainings")


@pytest.fixture(scope="module")
def lived(airflow_home: dict[str, str], mlflow_uri: str, folder: Path) -> dict[str, Any]:
    """A training better than the frozen base, let pass or not by a person, then by the gate alone; the same again, a
    rollback to nobody, and one without events."""
    with suppress(MlflowException):
        MlflowClient(tracking_uri=mlflow_uri).delete_registered_model(registry.NAME)
    base, plan, outcome = tiny.encoder(folder / "bert"), folder / "plan.json", folder / "outcome.json"
    files = by_word(folder)
    conf = {"as_of": "2026-01-05", "source": "files", "base": base, "steps": 120, "shards": 2, **files}
    conf, asking = ({**conf, "approval": who} for who in ("the gate alone", "a person"))
    plan.write_text(
        json.dumps(
            {
                "rejected": {"conf": asking, "answers": "Reject"},
                "unanswered": {"conf": asking, "seconds": 2},
                "approved": {"conf": asking, "answers": "Approve"},
                "better": {"conf": conf, "deposed": True},
                "again": {"conf": conf},
                "back": {"dag": "recsys_rollback_model"},
                "no file": {"conf": {**conf, "events": "nowhere.parquet"}},
            }
        )
    )
    quick = dict(setting.split("=") for setting in (*QUICK, "training.temperature=0.2"))
    chosen = {f"RECSYS_{name.upper().replace('.', '__')}": value for name, value in quick.items()}
    product = {
        "RECSYS_STORE": str(folder / "store"),
        "RECSYS_TRACKING__URI": mlflow_uri,
        "RECSYS_ALERTS__APPROVERS": '["ann", "bob"]',
        "RECSYS_ALERTS__NOTIFIER": "notes.ToFile",
        "RECSYS_ALERTS__ARGUMENTS": json.dumps({"file": str(folder / "notes"), "text": "{{ what }}"}),
        "NOTES": str(folder / "notes"),
        **chosen,
    }
    ended = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("trainings.py")), str(plan), str(outcome)],
        env={**airflow_home, **product},
        capture_output=True,
        text=True,
        timeout=900,  # a question that nobody answers, and no scheduler closes, would wait for ever
    )
    assert ended.returncode == 0, ended.stdout[-5000:] + ended.stderr[-5000:]
    return dict(json.loads(outcome.read_text()))


def test_a_better_model_becomes_champion(lived: dict[str, Any]) -> None:
    day = lived["better"]
    assert day["state"] == "success"
    assert day["held"] == {"champion": "1"}
    assert day["states"]["approve[-1]"] == "skipped"
    assert {day["states"][f"features_{who}[{shard}]"] for who in ("champion", "challenger") for shard in (0, 1)} == {
        "success"
    }


def test_one_that_is_not_better_is_refused_and_the_run_ends_well(lived: dict[str, Any]) -> None:
    day = lived["again"]
    assert (day["state"], day["states"]["gate[-1]"], day["states"]["promote[-1]"]) == ("success", "success", "skipped")
    assert day["held"] == {"champion": "1"}


def test_a_rollback_without_a_champion_before_fails_and_changes_nothing(lived: dict[str, Any]) -> None:
    assert (lived["back"]["state"], lived["back"]["held"]) == ("failed", {"champion": "1"})


def test_input_that_cannot_be_used_trains_nothing(lived: dict[str, Any]) -> None:
    assert lived["no file"]["states"]["finetune[-1]"] == "upstream_failed"


def test_the_next_day_reads_with_the_champion(lived: dict[str, Any], mlflow_uri: str, folder: Path) -> None:
    settings = load([f"store={folder / 'store'}", f"tracking.uri={mlflow_uri}"])
    assert "/models/as_of=registered/1-" in champion.pinned(settings)


@pytest.mark.parametrize(
    ("person", "promoted", "held"),
    [
        ("rejected", "skipped", "challenger"),
        ("unanswered", "skipped", "challenger"),
        ("approved", "success", "champion"),
    ],
)
def test_a_person_who_is_asked_has_the_last_word_and_silence_is_a_no(
    lived: dict[str, Any], person: str, promoted: str, held: str
) -> None:
    day = lived[person]
    assert (day["state"], day["states"]["approve[-1]"], day["states"]["promote[-1]"]) == (
        "success",
        "success",
        promoted,
    )
    assert day["held"] == {held: "1"}


@pytest.mark.parametrize(("person", "hours"), [("rejected", ["24"]), ("unanswered", ["24", "0.000555556"])])
def test_who_may_approve_is_alerted_and_once_more_before_the_time_is_up(
    lived: dict[str, Any], person: str, hours: list[str]
) -> None:
    day = lived[person]
    assert day["assigned"] == ["ann", "bob"]
    assert [re.findall(r"approve or reject it within (\S+) hours", note) for note in day["notes"]] == [
        [given] for given in hours
    ]
    for note in day["notes"]:
        assert note.startswith(f"recsys_train, day 2026-01-05, run {day['run_id']}: a challenger waits")
        assert note.endswith(f"/dags/recsys_train/runs/{quote(day['run_id'])}/tasks/approve/required_actions")


def test_without_a_question_nobody_is_alerted(lived: dict[str, Any]) -> None:
    assert (lived["better"]["notes"], lived["better"]["assigned"]) == ([], [])


def test_the_page_names_the_challenger_of_each_decision_by_its_version(lived: dict[str, Any]) -> None:
    assert [lived[name]["decided"] for name in ("better", "again", "back")] == [["1"], ["1"], []]
