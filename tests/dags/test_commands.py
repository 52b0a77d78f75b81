"""The DAGs that are one command: refresh, forget, maintenance, rollback and experiments, on a real store."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import command_task
import psycopg2
import pytest

from recsys.errors import DataError, TransientError
from recsys.publish.migrations import migrate
from recsys.publish.publication import publish
from recsys.settings import DatabaseSettings
from recsys.standalone import services
from recsys.standalone.postgres import Server
from tests.publish.day import SOMEBODY, Day, make

ROOT = Path(__file__).parents[2]
PLAN = [
    ["recsys_refresh", {}],
    ["recsys_maintenance", {}],
    ["recsys_rollback", {}],
    ["recsys_rollback", {"pub_id": 9}],
    ["recsys_forget", {"user_id": SOMEBODY}],
    ["recsys_experiment", {}],
    ["recsys_experiment", {"command": "end", "name": "none such"}],
]


@pytest.fixture(scope="module")
def day(shop: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Day:
    return make(shop, tmp_path_factory.mktemp("commanded"))


@pytest.fixture(scope="module")
def told(airflow_home: dict[str, str], postgres: Server, day: Day) -> list[list[Any]]:
    """What became of each run: its state, and what its task returned."""
    dsn = postgres.create_database("commanded", "commanded")
    migrate(dsn)
    for number in range(2):
        publish(dsn, replace(day.draft(), fingerprint=str(number)), DatabaseSettings())
    day.goes_on([("u01", "i01")])
    plan, outcome = day.folder / "plan.json", day.folder / "outcome.json"
    plan.write_text(json.dumps(PLAN))
    product = {"RECSYS_DATABASE_URL": dsn, "RECSYS_STORE": str(day.folder / "store"), **lineage(day.folder / "lineage")}
    ended = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("commands.py")), *map(str, (plan, outcome, example(day.folder)))],
        env={**airflow_home, **product},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout[-5000:] + ended.stderr[-5000:]
    runs: list[list[Any]] = json.loads(outcome.read_text())
    with psycopg2.connect(dsn) as db, db.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM recommendations WHERE user_id = %s", (SOMEBODY,))
        return [*runs, [str(count) for (count,) in cursor]]


def lineage(file: Path) -> dict[str, str]:
    """What every deployment sets for OpenLineage, and a file in place of a server."""
    return {
        "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps({"type": "file", "log_file_path": str(file), "append": True}),
        "AIRFLOW__OPENLINEAGE__EXTRACTORS": "recsys_lineage.StageLineage",
        "AIRFLOW__OPENLINEAGE__EMISSION_POLICY": services.LINEAGE,
    }


def example(folder: Path) -> Path:
    """A folder with the DAG of the documents that follows what is live."""
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "operations.md").read_text(), re.DOTALL)
    file = folder / "followers" / "example.py"
    file.parent.mkdir()
    file.write_text(code)
    return file.parent


def test_each_command_is_a_dag_that_tells_what_it_did(told: list[list[Any]]) -> None:
    assert told[0] == ["success", "1 users did something new; 1 lists lie over publication 2"]
    assert told[1][0] == "success"
    assert told[1][1].startswith("log files: 0 files (0.0 MB) from before ")
    assert told[2] == ["success", "publication 1 is live"]
    assert told[5] == ["success", "no experiment runs, so there is nothing to judge"]


def test_a_command_that_fails_fails_its_run(told: list[list[Any]]) -> None:
    assert told[3] == told[6] == ["failed"]


def test_a_user_is_forgotten_from_the_page_of_airflow(told: list[list[Any]]) -> None:
    state, said = told[4]
    assert state == "success"
    assert "2 models marked; proof: " in said
    assert told[8] == ["0"]


def test_the_lineage_of_all_but_the_dag_that_forgets_is_told(told: list[list[Any]], day: Day) -> None:
    events = (day.folder / "lineage").read_text()
    assert "recsys_rollback.rollback" in events
    assert "recsys_forget" not in events
    assert SOMEBODY not in events


def test_a_dag_of_others_runs_once_for_what_a_rollback_made_live(told: list[list[Any]]) -> None:
    """The run that found nothing to judge, and the rollback that failed, announced nothing else."""
    assert told[7] == [["2026-01-05", [{"publication": 1, "as_of": "2026-01-05", "users": 30}]]]


@pytest.mark.parametrize(
    ("status", "kind"), [(1, DataError), (70, TransientError), (75, TransientError), (-9, TransientError)]
)
def test_only_what_another_try_may_help_is_tried_again(
    status: int, kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], status, "why it failed"))
    with pytest.raises(kind, match="why it failed"):
        command_task.run("refresh")
