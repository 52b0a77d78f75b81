"""Who may do what in Airflow and MLflow, what of the secrets can be seen anywhere, and names that try to be code."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import psycopg2
import pytest
from mlflow import MlflowClient

from recsys.standalone import postgres, services
from recsys.standalone.home import CHECKOUT
from tests.operations.conftest import KEY
from tests.operations.five_days import FiveDays
from tests.operations.history import DAYS, TRAPS, History
from tests.operations.place import DAG, Place

OPEN = {"/api/v2/version", "/api/v2/monitor/health", "/api/v2/auth/login", "/api/v2/auth/logout"}
"""What anybody may ask: whether it lives, which version it is, and where the login is."""
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def viewer(place: Place) -> Iterator[httpx.Client]:
    client = place.client(services.VIEWER, services.airflow_password(place.home, services.VIEWER))
    yield client
    client.close()


@pytest.fixture(scope="module")
def admin(place: Place) -> Iterator[httpx.Client]:
    client = place.admin
    yield client
    client.close()


@pytest.fixture(scope="module")
def secrets(days: FiveDays) -> dict[str, str]:
    """Every secret of the installation, by name."""
    folder = days.place.home / "secrets"
    found = {file.name: file.read_text() for file in folder.iterdir() if not file.name.endswith(".json")}
    found["database_url"] = re.sub(".*:(.*)@.*", r"\1", found["database_url"])
    return {**found, "pseudonym_key": KEY}


def leaked(text: str, secrets: dict[str, str]) -> list[str]:
    return [name for name, secret in secrets.items() if secret in text]


def routes(openapi: dict[str, Any]) -> list[tuple[str, str]]:
    """Method and path of every route, its parameters filled in."""
    return [
        (method, re.sub(r"\{[^}]+\}", "1", path))
        for path, methods in openapi["paths"].items()
        for method in methods
        if method in METHODS
    ]


def test_no_route_of_airflow_answers_without_a_login(place: Place, admin: httpx.Client) -> None:
    asked = [(method, path) for method, path in routes(admin.get("/openapi.json").json()) if path not in OPEN]
    assert len(asked) > 100
    assert answered(place, [*asked, ("get", "/ui/dags"), ("get", "/ui/config")]) == {}


def test_no_page_of_a_plugin_answers_without_a_login(place: Place, admin: httpx.Client) -> None:
    plugins = admin.get("/api/v2/plugins").json()["plugins"]
    mounted = [app["url_prefix"] for plugin in plugins for app in plugin["fastapi_apps"]]
    shown = [re.sub(r"\{[^}]+\}", "1", view["href"]) for plugin in plugins for view in plugin["external_views"]]
    below = [prefix + path for prefix in mounted for path in ("/", "/openapi.json", "/docs", "/redoc")]
    assert mounted
    assert shown
    assert answered(place, [(method, path) for path in (*shown, *below) for method in ("get", "post")]) == {}


def answered(place: Place, asked: list[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """What a stranger got an answer to, by status: neither refused nor not there."""
    with httpx.Client(base_url=services.airflow_url(place.ports), timeout=30, trust_env=False) as stranger:
        statuses = {(method, path): stranger.request(method.upper(), path).status_code for method, path in asked}
    return {one: status for one, status in statuses.items() if status not in (401, 403, 404, 405)}


def test_a_viewer_sees_runs_and_starts_nothing(viewer: httpx.Client, days: FiveDays) -> None:
    assert viewer.get(f"/api/v2/dags/{DAG}/dagRuns").json()["total_entries"] >= len(DAYS)
    run: dict[str, object] = {"logical_date": None, "conf": {}}
    backfill = {"dag_id": DAG, "from_date": "2016-10-01T00:00:00Z", "to_date": "2016-10-02T00:00:00Z"}
    tried = {
        "trigger": viewer.post(f"/api/v2/dags/{DAG}/dagRuns", json=run),
        "roll back": viewer.post("/api/v2/dags/recsys_rollback/dagRuns", json=run),
        "forget": viewer.post("/api/v2/dags/recsys_forget/dagRuns", json={**run, "conf": {"user_id": "1"}}),
        "backfill": viewer.post("/api/v2/backfills", json=backfill),
        "pause": viewer.patch(f"/api/v2/dags/{DAG}", json={"is_paused": True}),
        "clear": viewer.post(f"/api/v2/dags/{DAG}/dagRuns/{days.runs[DAYS[0]]}/clear", json={"dry_run": False}),
        "fail": viewer.patch(f"/api/v2/dags/{DAG}/dagRuns/{days.runs[DAYS[0]]}", json={"state": "failed"}),
        "delete": viewer.delete(f"/api/v2/dags/{DAG}/dagRuns/{days.runs[DAYS[0]]}"),
        "connections": viewer.get("/api/v2/connections"),
        "variables": viewer.get("/api/v2/variables"),
    }
    assert {what: answer.status_code for what, answer in tried.items()} == dict.fromkeys(tried, 403)


@pytest.mark.parametrize(
    "form",
    [
        {"as_of": "2026-02-30"},
        {"as_of": "'; DROP TABLE recsys.live; --"},
        {"source": "<script>"},
        {"top_n": 0},
        {"top_n": "5; --"},
        {"shards": 2.5},
        {"transfer": "yes"},
        {"events": ["a"]},
    ],
    ids=str,
)
def test_a_malformed_field_of_the_form_is_refused(admin: httpx.Client, form: dict[str, object]) -> None:
    answer = admin.post(f"/api/v2/dags/{DAG}/dagRuns", json={"logical_date": None, "conf": form})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"].startswith("application/json")


def test_mlflow_refuses_a_foreign_host(place: Place) -> None:
    url = f"{services.mlflow_url(place.ports)}/api/2.0/mlflow/experiments/search?max_results=1"
    assert httpx.get(url, trust_env=False).status_code == 200
    for host in ("evil.example", "127.0.0.1.evil.example", "169.254.169.254"):
        assert httpx.get(url, headers={"Host": host}, trust_env=False).status_code == 403


def test_servers_listen_to_this_machine_alone(place: Place) -> None:
    for name in ("api-server", "mlflow"):
        family = [place.leader(name), *place.leader(name).children(recursive=True)]
        heard = {link.laddr.ip for one in family for link in one.net_connections("inet") if link.status == "LISTEN"}
        assert heard == {"127.0.0.1"}, name


def test_secrets_are_in_no_log(days: FiveDays, secrets: dict[str, str]) -> None:
    logs = [*(days.place.home / "logs").iterdir(), *(days.place.home / "airflow" / "logs").rglob("*.log")]
    logs.append((days.place.home / "postgres").resolve() / "server.log")
    assert len(logs) > 30
    assert {str(log): found for log in logs if (found := leaked(log.read_text(errors="replace"), secrets))} == {}


def test_secrets_are_in_no_table_of_airflow_mlflow_or_the_serving_store(
    days: FiveDays, secrets: dict[str, str]
) -> None:
    server = postgres.status(days.place.home)
    assert server
    for database in ("airflow", "mlflow", "recsys"):
        with closing(psycopg2.connect(server.dsn(database, postgres.SUPERUSER))) as db, db.cursor() as cursor:
            cursor.execute(
                "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
                " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
            )
            for (table,) in cursor.fetchall():
                cursor.execute(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t")
                assert leaked(cursor.fetchone()[0], secrets) == [], f"{database}: {table}"


def test_secrets_are_in_no_answer_of_airflow(days: FiveDays, admin: httpx.Client, secrets: dict[str, str]) -> None:
    run = days.runs[DAYS[-1]]
    pages = [
        "/api/v2/config",
        "/api/v2/connections",
        "/api/v2/variables",
        f"/api/v2/dagSources/{DAG}",
        f"/api/v2/dags/{DAG}/details",
        f"/api/v2/dags/{DAG}/dagRuns/{run}",
        f"/api/v2/dags/{DAG}/dagRuns/{run}/taskInstances?limit=100",
        f"/api/v2/dags/{DAG}/dagRuns/{run}/taskInstances/~/xcomEntries?limit=100",
        "/ui/config",
    ]
    answers = {page: admin.get(page) for page in pages}
    assert {page: found for page, answer in answers.items() if (found := leaked(answer.text, secrets))} == {}
    assert answers["/api/v2/config"].status_code == 403


def test_secrets_and_users_are_in_no_parameter_tag_or_file_of_mlflow(
    days: FiveDays, secrets: dict[str, str], past: History
) -> None:
    client = MlflowClient(tracking_uri=services.mlflow_url(days.place.ports))
    runs = client.search_runs([one.experiment_id for one in client.search_experiments()], max_results=1000)
    assert len(runs) > 10
    told = json.dumps([{**run.data.params, **run.data.tags} for run in runs])
    assert leaked(told, secrets) == []
    assert not any(trap in told for trap in TRAPS)
    kept = [file for file in (days.place.home / "mlflow").rglob("*") if file.is_file()]
    assert {str(file): found for file in kept if (found := leaked(file.read_text(errors="replace"), secrets))} == {}


def test_secrets_are_readable_by_their_owner_alone(place: Place) -> None:
    folder = place.home / "secrets"
    assert oct(folder.stat().st_mode & 0o777) == "0o700"
    assert {oct(file.stat().st_mode & 0o777) for file in folder.iterdir()} == {"0o600"}


def test_no_file_of_the_repository_holds_a_secret(secrets: dict[str, str]) -> None:
    named = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, check=True, capture_output=True, text=True).stdout
    made = {name: secret for name, secret in secrets.items() if name != "pseudonym_key"}
    for name in filter(None, named.split("\0")):
        text = Path(CHECKOUT, name).read_text(errors="replace") if Path(CHECKOUT, name).is_file() else ""
        assert leaked(text, made) == [], name
        assert not re.search(r"://[\w-]+:[^@\s/{}<>*$:'\"]{12,}@", text), name


def test_names_that_try_to_be_code_come_out_as_they_went_in(days: FiveDays, past: History) -> None:
    served = {item for (item,) in days.place.ask("SELECT DISTINCT item_id FROM recommendations")}
    assert served <= past.items
    assert served & set(TRAPS)
    assert days.place.ask("SELECT count(*) FROM recsys.live") == [(1,)]


def test_users_are_served_under_their_pseudonyms_and_their_names_are_in_no_log(
    days: FiveDays, past: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recsys.privacy.pseudonyms import pseudonym

    monkeypatch.setenv("RECSYS_PSEUDONYM_KEY", KEY)
    known = {user for (user,) in days.place.ask("SELECT DISTINCT user_id FROM recommendations")}
    assert known <= {pseudonym(user) for user in past.users}
    assert {pseudonym(user) for user in TRAPS} <= known
    for trap in TRAPS:
        assert days.place.ask("SELECT count(*) FROM recommend(%s, 5)", pseudonym(trap)) == [(5,)]
        assert days.place.ask("SELECT count(*) FROM recommend(%s, 5)", trap) == [(5,)]
