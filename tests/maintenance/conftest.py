from __future__ import annotations

import os
import subprocess
import sys
import tempfile

import pytest

from recsys.standalone.postgres import Server

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="recsys-test-airflow-"))


@pytest.fixture(scope="session")
def airflow_database(postgres: Server) -> str:
    """Connection string, of SQLAlchemy, of a real Airflow's metadata."""
    dsn = postgres.create_database("airflow", "airflow").replace("postgresql://", "postgresql+psycopg2://", 1)
    environment = {**os.environ, "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": dsn, "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], env=environment, check=True, capture_output=True)
    return dsn
