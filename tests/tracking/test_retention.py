from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import httpx
import psycopg2
import pytest
from mlflow import MlflowClient

from recsys.settings import Settings
from recsys.standalone.postgres import Server
from recsys.tracking import retention
from recsys.tracking.tracker import Tracker

NOW = datetime(2026, 6, 1, tzinfo=UTC)
BEFORE = NOW - timedelta(days=180)
PARENT, CHILD = {"recsys.kind": "dag run"}, {"recsys.kind": "stage"}


class Past:
    """Runs that began so many days ago."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.tracker = Tracker(settings.tracking)

    def run(self, days: float, tags: dict[str, str] | None = None, parent: str = "", status: str = "FINISHED") -> str:
        kind = PARENT if tags is None else tags
        made = self.tracker.create(f"{days} days ago", NOW - timedelta(days=days), kind, parent)
        if status != "RUNNING":
            self.tracker.client.set_terminated(made, status)
        return made

    def delete_old(self, *kept: date) -> int:
        return retention.delete_old(self.settings, BEFORE, kept)

    @property
    def active(self) -> set[str]:
        return {run.info.run_id for run in self.tracker.client.search_runs([self.tracker.experiment_id])}


@pytest.fixture
def past(settings: Settings) -> Past:
    return Past(settings)


def test_old_runs_go_with_their_child_runs_and_young_runs_stay(past: Past) -> None:
    old, young = past.run(181), past.run(179)
    past.run(181, CHILD, old)
    past.run(3, CHILD, old)  # of a DAG run that was cleared since
    child = past.run(179, CHILD, young)
    assert past.delete_old() == 3
    assert past.active == {young, child}
    assert past.delete_old() == 0


def test_runs_of_days_that_are_published_stay(past: Past) -> None:
    runs = {day: past.run(200, {**PARENT, "recsys.as_of": day}) for day in ("2025-11-01", "2025-11-02")}
    child = past.run(200, CHILD, runs["2025-11-02"])
    past.delete_old(date(2025, 11, 2))
    assert past.active == {runs["2025-11-02"], child}


def test_runs_of_registered_models_stay(past: Past) -> None:
    registered, other = past.run(300), past.run(300)
    inside = past.run(299, CHILD, other)
    client = past.tracker.client
    client.create_registered_model("kept model")
    for run in (registered, inside):
        client.create_model_version("kept model", f"runs:/{run}/model", run)
    past.delete_old()
    assert past.active == {registered, other, inside}


def test_what_runs_and_what_others_track_here_stays(past: Past) -> None:
    running, theirs = past.run(300, status="RUNNING"), past.run(300, {"team": "other"})
    past.delete_old()
    assert past.active == {running, theirs}


def test_child_runs_whose_parent_was_deleted_by_hand_go_too(past: Past) -> None:
    parent = past.run(300)
    past.run(299, CHILD, parent)
    past.tracker.client.delete_run(parent)
    assert past.delete_old() == 1
    assert past.active == set()


def test_more_runs_than_a_page_holds_are_all_found(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    search = MlflowClient.search_runs
    monkeypatch.setattr(
        MlflowClient, "search_runs", lambda *given, **named: search(*given, **{**named, "max_results": 2})
    )
    for days in range(200, 205):
        past.run(days)
    assert past.delete_old() == 5


def test_rows_and_artifacts_of_deleted_runs_go_once_nobody_can_want_them_back(
    past: Past, postgres: Server, capfd: pytest.CaptureFixture[str]
) -> None:
    run, client, database = past.run(300), past.tracker.client, postgres.dsn("mlflow", "mlflow")
    client.log_text(run, "a picture", "pictures/a.txt")
    file = f"{past.tracker.uri}/api/2.0/mlflow-artifacts/artifacts/{past.tracker.experiment_id}/{run}/artifacts"
    assert httpx.get(f"{file}/pictures/a.txt", trust_env=False).text == "a picture"
    client.log_metric(run, "ndcg", 0.1)
    past.delete_old()
    assert retention.collect(database, past.tracker.uri) == (0, 0)
    with psycopg2.connect(database) as db, db.cursor() as work:
        work.execute("UPDATE runs SET deleted_time = deleted_time - %s WHERE run_uuid = %s", (8 * 86_400_000, run))
    assert retention.collect(database, past.tracker.uri) == (1, 0)
    assert httpx.get(f"{file}/pictures/a.txt", trust_env=False).status_code == 404
    with psycopg2.connect(database) as db, db.cursor() as work:
        work.execute("SELECT count(*) FROM metrics WHERE run_uuid = %s", (run,))
        assert work.fetchone() == (0,)
    assert postgres.dsn("mlflow", "mlflow") not in "".join(capfd.readouterr())


def test_what_others_deleted_stays_and_a_run_that_cannot_be_removed_stops_no_other(
    past: Past, postgres: Server, caplog: pytest.LogCaptureFixture
) -> None:
    client, database = past.tracker.client, postgres.dsn("mlflow", "mlflow")
    theirs, broken, old = past.run(300, {"team": "other"}), past.run(300), past.run(300)
    for run in (theirs, broken, old):
        client.delete_run(run)
    with psycopg2.connect(database) as db, db.cursor() as work:
        runs = [theirs, broken, old]
        work.execute(
            "UPDATE runs SET deleted_time = deleted_time - %s WHERE run_uuid = ANY(%s)", (8 * 86_400_000, runs)
        )
        work.execute("UPDATE runs SET artifact_uri = 'gopher://away/' || run_uuid WHERE run_uuid = %s", (broken,))
    assert retention.collect(database, past.tracker.uri) == (1, 1)
    assert broken in caplog.text
    with psycopg2.connect(database) as db, db.cursor() as work:
        work.execute("SELECT run_uuid FROM runs WHERE run_uuid = ANY(%s)", (runs,))
        assert {run for (run,) in work.fetchall()} == {theirs, broken}
