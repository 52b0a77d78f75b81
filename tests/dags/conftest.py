from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from recsys.publish.migrations import migrate
from recsys.standalone.postgres import Server

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "dags"), str(ROOT / "plugins")]
os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="recsys-test-airflow-"))
Outcome = dict[str, Any]
Days = Callable[..., Outcome]


@pytest.fixture(scope="session")
def airflow_home(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Environment of a real Airflow whose metadata lie in the Postgres of the tests."""
    dsn = postgres.create_database("airflow", "airflow").replace("postgresql://", "postgresql+psycopg2://", 1)
    given = {name: value for name, value in os.environ.items() if not name.startswith(("RECSYS_", "AIRFLOW_"))}
    environment = {
        **given,
        "OMP_NUM_THREADS": "1",
        "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": dsn,
    }
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], env=environment, check=True, capture_output=True)
    return environment


@pytest.fixture(scope="session")
def days(
    airflow_home: dict[str, str], mlflow_uri: str, postgres: Server, tmp_path_factory: pytest.TempPathFactory
) -> Days:
    """Runs scenarios of the DAG and tells what became of each."""

    def run(scenarios: Mapping[str, Any], **environment: str) -> Outcome:
        folder = tmp_path_factory.mktemp("days")
        plan, outcome = folder / "plan.json", folder / "outcome.json"
        plan.write_text(json.dumps(scenarios))
        name = f"served_{folder.name}"
        database = postgres.create_database(name, name)
        migrate(database)
        product = {
            "RECSYS_STORE": str(folder / "store"),
            "RECSYS_TRACKING__URI": mlflow_uri,
            "RECSYS_DATABASE_URL": database,
            "RECSYS_EVALUATION__RESAMPLES": "100",
            "RECSYS_EVALUATION__COLD_SHARE": "0",
            # dag.test() of Airflow 3.3.2 cannot end a run that has a deadline; the scheduler can
            "RECSYS_ALERTS__DEADLINE_HOURS": "null",
            "RECSYS_SOURCE__READY": str(folder / "ready" / "{as_of}"),
            "RECSYS_ALERTS__NOTIFIER": "notes.ToFile",
            "RECSYS_ALERTS__ARGUMENTS": json.dumps({"file": str(folder / "notes"), "text": "{{ what }}"}),
        }
        ended = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("days.py")), str(plan), str(outcome)],
            env={**airflow_home, **product, **environment},
            capture_output=True,
            text=True,
        )
        assert ended.returncode == 0, ended.stdout[-5000:] + ended.stderr[-5000:]
        return {**json.loads(outcome.read_text()), "log": ended.stdout + ended.stderr}

    return run


@pytest.fixture(scope="session")
def recorded(mlflow_uri: str) -> Callable[[Outcome], dict[str, Run]]:
    """Runs in MLflow of one DAG run by name; the parent is "parent"."""
    client = MlflowClient(tracking_uri=mlflow_uri)

    def find(day: Outcome) -> dict[str, Run]:
        ids = [one.experiment_id for one in client.search_experiments()]
        found = client.search_runs(ids, f"tags.`airflow.run_id` = '{day['run_id']}'")
        return {run.info.run_name if "mlflow.parentRunId" in run.data.tags else "parent": run for run in found}

    return find


@pytest.fixture(scope="session")
def real_days(days: Days, shop: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """Days with their real stages: a good one, and all that befalls the next until it is good too."""
    folder, events = tmp_path_factory.mktemp("bad"), pd.read_parquet(shop["events"])
    events.drop(columns="item_id").to_parquet(folder / "column.parquet")
    events.assign(action="stare").to_parquet(folder / "rows.parquet")
    (folder / "csv.parquet").write_text(events.to_csv())
    first = {"as_of": "2026-01-05", "source": "files", "top_n": 5, **shop}
    second = {**first, "as_of": "2026-01-06", "shards": 1}
    return days(
        {
            "first": {"real": True, "kill": ["ingest", 1], "conf": first},
            "again": {"real": True, "conf": first},
            "a missing column": {"real": True, "conf": {**second, "events": str(folder / "column.parquet")}},
            "no parquet": {"real": True, "conf": {**second, "events": str(folder / "csv.parquet")}},
            "only bad rows": {"real": True, "conf": {**second, "events": str(folder / "rows.parquet")}},
            "killed": {"real": True, "kill": ["transfer", 3], "conf": second},
            "second": {"real": True, "conf": second},
        }
    )
