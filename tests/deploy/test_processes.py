"""The cluster of docker-compose.yaml without Docker: two workers make a day, one of them is killed in the middle."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any

import httpx
import psutil
import psycopg2
import pytest
from psycopg2.errors import InsufficientPrivilege

from recsys.standalone.airflow_api import Airflow, TaskState
from recsys.standalone.follow import await_dag
from recsys.standalone.processes import members
from tests.deploy.containers import Site

pytestmark = pytest.mark.slow

DAG = "recsys_daily"
WORKERS = {"worker-1": "worker", "worker-2": "worker"}
CONTAINERS = {
    name: name
    for name in (
        "postgres",
        "valkey",
        "airflow-migrate",
        "recsys-migrate",
        "mlflow",
        "proxy",
        "api-server",
        "scheduler",
        "dag-processor",
        "triggerer",
    )
} | WORKERS
PATIENCE = 900
"""Seconds after which a machine that does other things as well is taken to have come to a stop."""


@dataclass(frozen=True)
class Day:
    """What became of the day."""

    site: Site
    airflow: Airflow
    run: str
    state: str
    tasks: list[TaskState]
    killed: str
    """Name of the worker that was killed while it worked."""
    seconds: dict[str, float]
    """From the first start until all were well, until the kill, and until the end of the run."""


@pytest.fixture(scope="module")
def day(cluster: Site, variables: dict[str, str]) -> Day:
    began, seconds = time.monotonic(), {}
    cluster.up(CONTAINERS, PATIENCE)
    seconds["up"] = time.monotonic() - began
    airflow = Airflow(f"http://127.0.0.1:{cluster.ports['api-server']}", "admin", variables["AIRFLOW_ADMIN_PASSWORD"])
    await_dag(airflow, DAG, PATIENCE)
    run = airflow.trigger(DAG, {"as_of": "2026-01-05"}, "2020-01-01T00:00:00Z")
    airflow.unpause(DAG)
    killed = awaited(lambda: busy(cluster))
    cluster.kill(killed)
    seconds["killed"] = time.monotonic() - began
    state = awaited(lambda: {"success": "success", "failed": "failed"}.get(airflow.run_state(DAG, run), ""))
    seconds["done"] = time.monotonic() - began
    print(f"\nseconds: {seconds}\nof these, by container: {cluster.seconds}\nmegabytes: {cluster.memory()}")
    return Day(cluster, airflow, run, state, airflow.tasks(DAG, run), killed, seconds)


def busy(site: Site) -> str:
    """Name of a worker that encodes texts just now, or ""."""
    for worker in WORKERS:
        for process in members(site.running[worker].record):
            with suppress(psutil.Error):
                if process.cmdline()[1:5] == ["-m", "recsys", "run", "features"]:
                    return worker
    return ""


def awaited(found: Callable[[], str]) -> str:
    until = time.monotonic() + PATIENCE
    while not (what := found()):
        assert time.monotonic() < until
        time.sleep(0.2)
    return what


def asked(day: Day, variables: dict[str, str], role: str, secret: str, query: str, database: str = "recsys") -> Any:
    """First row of a query of a role."""
    with (
        closing(
            psycopg2.connect(
                host="127.0.0.1",
                port=day.site.ports["postgres"],
                dbname=database,
                user=role,
                password=variables[secret],
            )
        ) as session,
        session.cursor() as cursor,
    ):
        cursor.execute(query)
        return cursor.fetchone()


def test_the_day_is_published_whole_although_a_worker_was_killed(day: Day, variables: dict[str, str]) -> None:
    assert day.state == "success", (day.tasks, *map(day.site.last_words, CONTAINERS))
    query = "SELECT count(*), count(DISTINCT user_id), min(as_of)::text, max(as_of)::text FROM recommendations"
    row = asked(day, variables, "recsys_pages", "RECSYS_PAGES_PASSWORD", query)
    assert row == (300, 30, "2026-01-05", "2026-01-05")


def test_what_the_killed_worker_did_was_done_again_by_the_other(day: Day) -> None:
    assert [task.attempt for task in day.tasks if task.task == "features" and task.attempt > 1]
    for worker in WORKERS:
        assert "Executing workload in Celery" in day.site.log(worker).read_text()
    assert day.killed in WORKERS
    assert day.killed not in day.site.running


def test_logs_of_both_workers_are_read_in_airflow(day: Day) -> None:
    ingest = next(task for task in day.tasks if task.task == "ingest")
    assert any("360 events" in line for line in day.airflow.log(DAG, day.run, ingest, 50))


def test_the_run_stands_in_mlflow_and_its_link_leads_through_the_proxy(day: Day, variables: dict[str, str]) -> None:
    ingest = next(task for task in day.tasks if task.task == "ingest")
    url = day.airflow.returned(DAG, day.run, ingest)["facts"]["tracked"]
    page, _, path = url.partition("/#/")
    assert page == f"http://127.0.0.1:{day.site.ports['proxy']}"
    account = (variables["MLFLOW_USER"], variables["MLFLOW_PASSWORD"])
    query = {"run_id": path.rsplit("/", 1)[1]}
    answer = httpx.get(f"{page}/api/2.0/mlflow/runs/get", params=query, auth=account, trust_env=False, timeout=60)
    assert answer.json()["run"]["info"]["status"] == "FINISHED"


def test_nobody_gets_in_without_an_account(day: Day, variables: dict[str, str]) -> None:
    proxy, airflow = (f"http://127.0.0.1:{day.site.ports[name]}" for name in ("proxy", "api-server"))
    for url in (f"{proxy}/", f"{proxy}/api/2.0/mlflow/experiments/search", f"{airflow}/api/v2/dags"):
        assert httpx.get(url, trust_env=False, timeout=60).status_code == 401, url
    account = (variables["MLFLOW_USER"], variables["MLFLOW_PASSWORD"])
    foreign = {"Host": "elsewhere.example"}
    answers = [
        httpx.get(f"{proxy}/", auth=account, headers=headers, trust_env=False, timeout=60).status_code
        for headers in ({}, foreign)
    ]
    assert answers == [200, 403]


@pytest.mark.parametrize(
    ("role", "secret", "database", "query"),
    [
        ("airflow_celery", "CELERY_DATABASE_PASSWORD", "airflow", "SELECT 1 FROM public.dag"),
        ("recsys_pages", "RECSYS_PAGES_PASSWORD", "recsys", "DELETE FROM recsys.live"),
        ("recsys_pages", "RECSYS_PAGES_PASSWORD", "recsys", "CREATE TABLE public.mine (a int)"),
        ("recsys_serve", "RECSYS_SERVE_PASSWORD", "recsys", "SELECT * FROM recommendations"),
        ("recsys_serve", "RECSYS_SERVE_PASSWORD", "recsys", "SET ROLE recsys_publisher"),
        ("recsys_worker", "RECSYS_WORKER_PASSWORD", "recsys", "CREATE ROLE mine"),
        ("recsys_worker", "RECSYS_WORKER_PASSWORD", "recsys", "DROP TABLE recsys.live"),
    ],
)
def test_a_role_may_do_no_more_than_its_work(
    day: Day, variables: dict[str, str], role: str, secret: str, database: str, query: str
) -> None:
    with pytest.raises(InsufficientPrivilege):
        asked(day, variables, role, secret, query, database)


def test_a_role_enters_no_database_but_its_own(day: Day, variables: dict[str, str]) -> None:
    with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
        asked(day, variables, "mlflow", "MLFLOW_DATABASE_PASSWORD", "SELECT 1", "recsys")


def test_messages_and_tokens_of_tasks_outlive_the_longest_task(day: Day) -> None:
    settings = day.site.services["scheduler"]["environment"]
    allowed = [
        day.airflow._json(day.airflow._send("GET", f"/dags/{dag}/tasks"))["tasks"]
        for dag in (DAG, "recsys_train", "recsys_forget")
    ]
    spans = [task["execution_timeout"] for tasks in allowed for task in tasks if task["execution_timeout"]]
    longest = max(span["days"] * 86_400 + span["seconds"] for span in spans)
    assert 3 * 3600 <= longest < int(settings["AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT"])
    assert longest < int(settings["AIRFLOW__EXECUTION_API__JWT_EXPIRATION_TIME"])


def test_a_dump_restored_into_an_empty_database_serves_the_same_lists(day: Day, variables: dict[str, str]) -> None:
    superuser = (day.site.folder / "secrets" / "postgres_postgres").read_text()
    environment = {
        **day.site.environment("postgres", "postgres"),
        "PGHOST": "127.0.0.1",
        "PGUSER": "postgres",
        "PGPORT": str(day.site.ports["postgres"]),
        "PGPASSWORD": superuser,
    }
    dump = str(day.site.folder / "recsys.dump")
    for command in (
        ["pg_dump", "--format=custom", f"--file={dump}", "recsys"],
        ["createdb", "restored"],
        ["pg_restore", "--exit-on-error", "--dbname=restored", dump],
    ):
        made = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
        assert made.returncode == 0, made.stderr
    query = "SELECT md5(string_agg(r::text, ',' ORDER BY user_id, rank)), count(*) FROM recommendations AS r"
    before, after = (
        asked(day, variables, "recsys_pages", "RECSYS_PAGES_PASSWORD", query, database)
        for database in ("recsys", "restored")
    )
    assert before == after
    assert after[1] == 300


@pytest.mark.parametrize(
    ("service", "parts"), [("airflow-clean", ["Airflow's database", "results of Celery"]), ("mlflow-clean", ["MLflow"])]
)
def test_what_cleans_a_database_needs_no_more_than_it_is_given(day: Day, service: str, parts: list[str]) -> None:
    made = subprocess.run(
        [sys.executable, "-m", "recsys", "clean-databases"],
        env=day.site.environment(service, service),
        check=False,
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    assert [line.split(":")[0] for line in made.stdout.splitlines()] == parts


def test_nothing_that_was_printed_or_logged_holds_a_secret(day: Day, variables: dict[str, str]) -> None:
    logs = [*(day.site.folder / "printed").iterdir(), *(day.site.folder / "volumes" / "logs").rglob("*.log")]
    secrets = [value for name, value in variables.items() if name.endswith(("PASSWORD", "SECRET", "KEY", "TOKEN"))]
    assert len(logs) > 15
    assert [log.name for log in logs if any(secret in log.read_text(errors="replace") for secret in secrets)] == []


def test_all_end_when_they_are_asked_to(day: Day) -> None:
    assert day.site.down(90) == []
    assert not day.site.running
