"""`recsys clean-databases` on real databases of Airflow and MLflow, `recsys maintain` on what a worker reaches."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import connection

from recsys.publish.migrations import migrate
from recsys.standalone.postgres import Server

VARIABLES = ("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "AIRFLOW__CELERY__RESULT_BACKEND", "MLFLOW_BACKEND_STORE_URI")
LOGS = """
    INSERT INTO log (dttm, event)
    SELECT now() - days * interval '1 day', 'planted' FROM unnest(ARRAY[29, 31, 400]) AS days
"""
RESULTS = """
    CREATE SCHEMA celery AUTHORIZATION airflow_celery;
    ALTER ROLE airflow_celery IN DATABASE airflow SET search_path = celery;
    GRANT CONNECT ON DATABASE airflow TO airflow_celery;
    SET ROLE airflow_celery;
    CREATE TABLE celery.celery_taskmeta (id serial PRIMARY KEY, task_id text, date_done timestamp);
    INSERT INTO celery.celery_taskmeta (task_id, date_done) VALUES ('old', now() - interval '31 days'), ('new', now());
"""


def recsys(command: str, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    call = (sys.executable, "-m", "recsys", command, *arguments)
    return subprocess.run(call, env=environment, capture_output=True, text=True, check=False)


def opened(postgres: Server, database: str) -> connection:
    db = psycopg2.connect(postgres.dsn(database, "postgres"))
    db.autocommit = True
    return db


def test_old_rows_of_airflow_and_of_celery_go_and_the_log_states_how_many(
    airflow_home: dict[str, str], postgres: Server
) -> None:
    postgres.create_database("unused", "airflow_celery")
    with closing(opened(postgres, "airflow")) as db, db.cursor() as work:
        work.execute(LOGS)
        work.execute(RESULTS)
        dsn = postgres.dsn("airflow", "airflow_celery")
        results = dsn.replace("postgresql://", "db+postgresql+psycopg2://")
        made = recsys("clean-databases", {**airflow_home, "AIRFLOW__CELERY__RESULT_BACKEND": results})
        assert made.returncode == 0, made.stdout + made.stderr
        assert "Airflow's database: 2 rows of log removed, from before " in made.stdout
        assert "results of Celery: 1 rows of celery_taskmeta removed, from before " in made.stdout
        work.execute("RESET ROLE; SELECT count(*) FROM log WHERE event = 'planted'")
        assert work.fetchone() == (1,)
        work.execute("SELECT task_id FROM celery.celery_taskmeta")
        assert work.fetchall() == [("new",)]
        work.execute("SELECT relname FROM pg_class WHERE relname LIKE '%airflow_deleted%'")
        assert work.fetchall() == []


def test_a_database_that_is_away_fails_the_command_and_the_others_are_cleaned(
    airflow_home: dict[str, str], mlflow_uri: str, postgres: Server
) -> None:
    away = {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "postgresql+psycopg2://airflow:secret@127.0.0.1:9/airflow"}
    mlflow = {"MLFLOW_BACKEND_STORE_URI": postgres.dsn("mlflow", "mlflow"), "RECSYS_TRACKING__URI": mlflow_uri}
    made = recsys("clean-databases", {**airflow_home, **away, **mlflow})
    assert made.returncode == os.EX_TEMPFAIL
    assert "MLflow: 0 runs" in made.stdout
    assert "1 of 2 parts of the cleaning failed" in made.stderr
    assert "secret" not in made.stdout + made.stderr


def test_without_a_database_the_command_says_what_it_needs(airflow_home: dict[str, str]) -> None:
    made = recsys("clean-databases", {name: value for name, value in airflow_home.items() if name not in VARIABLES})
    assert made.returncode == 1
    assert all(variable in made.stderr for variable in VARIABLES)


@pytest.mark.parametrize("away", ["", "http://127.0.0.1:9"])
def test_a_worker_cleans_what_it_reaches_and_a_server_that_is_away_stops_no_other_part(
    postgres: Server, mlflow_uri: str, tmp_path: Path, away: str
) -> None:
    dsn = postgres.create_database("cleaned", "cleaned")
    migrate(dsn)
    old = tmp_path / "logs" / "dag_processor" / "old.log"
    old.parent.mkdir(parents=True)
    old.write_text("12345")
    os.utime(old, (0, 0))
    given = {name: value for name, value in os.environ.items() if not name.startswith("RECSYS_")}
    product = {
        "RECSYS_DATABASE_URL": dsn,
        "RECSYS_STORE": str(tmp_path / "store"),
        "RECSYS_TRACKING__URI": away or mlflow_uri,
    }
    made = recsys("maintain", {**given, **product}, f"--logs={tmp_path / 'logs'}")
    lines = [line.split(":")[0] for line in made.stdout.splitlines()]
    assert lines == ["serving store", "dead rows", *([] if away else ["MLflow"]), "log files"]
    assert "log files: 1 files (0.0 MB) from before " in made.stdout
    assert (made.returncode, old.exists()) == (os.EX_TEMPFAIL if away else 0, False)
    assert ("1 of 4 parts of the cleaning failed" in made.stderr) == bool(away)
