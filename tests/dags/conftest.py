from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from recsys.standalone.postgres import Server

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "dags"))
os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="recsys-test-airflow-"))
Days = Callable[[Mapping[str, Any]], dict[str, Any]]


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

    def run(scenarios: Mapping[str, Any]) -> dict[str, Any]:
        folder = tmp_path_factory.mktemp("days")
        plan, outcome = folder / "plan.json", folder / "outcome.json"
        plan.write_text(json.dumps(scenarios))
        database = f"served_{folder.name}"
        product = {"RECSYS_STORE": str(folder / "store"), "RECSYS_TRACKING__URI": mlflow_uri,
                   "RECSYS_DATABASE_URL": postgres.create_database(database, database)}  # fmt: skip
        ended = subprocess.run([sys.executable, str(Path(__file__).with_name("days.py")), str(plan), str(outcome)],
                               env={**airflow_home, **product}, capture_output=True, text=True)  # fmt: skip
        assert ended.returncode == 0, ended.stdout[-5000:] + ended.stderr[-5000:]
        return {**json.loads(outcome.read_text()), "log": ended.stdout + ended.stderr}

    return run
