from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from recsys.artifacts import Manifest
from recsys.errors import DataError
from recsys.settings import Settings, load
from recsys.stages import Inputs
from recsys.tracking import runs
from recsys.tracking.origin import Origin

BEGAN = datetime.now(UTC) - timedelta(seconds=2)


def lives(_: str) -> bool:
    return True


def is_over(_: str) -> bool:
    return False


def recorded(settings: Settings) -> list[Run]:
    """Runs of the experiment, oldest first."""
    client = MlflowClient(tracking_uri=settings.tracking.uri)
    experiment = client.get_experiment_by_name(settings.tracking.experiment)
    assert experiment is not None
    return list(client.search_runs([experiment.experiment_id], order_by=["attributes.start_time ASC"]))


def statuses(settings: Settings) -> list[tuple[str, str]]:
    return sorted((run.info.run_name, run.info.status) for run in recorded(settings))


def parent_of(settings: Settings) -> Run:
    (parent,) = [run for run in recorded(settings) if run.data.tags["recsys.kind"] == "dag run"]
    return parent


def artifacts(settings: Settings, run: Run) -> list[str]:
    client = MlflowClient(tracking_uri=settings.tracking.uri)
    return [file.path for file in client.list_artifacts(run.info.run_id, "pictures")]


def test_a_day_is_a_parent_that_runs_until_it_is_closed(settings: Settings, origin: Origin) -> None:
    url = runs.open_run(settings, origin, lives)
    assert statuses(settings) == [("2026-01-05 manual__1", "RUNNING")]
    assert url.endswith(f"/runs/{parent_of(settings).info.run_id}")
    assert runs.close_run(settings, origin, lives, True) == url
    assert statuses(settings) == [("2026-01-05 manual__1", "FINISHED")]


def test_a_day_that_was_not_published_is_failed(settings: Settings, origin: Origin) -> None:
    runs.open_run(settings, origin, lives)
    runs.close_run(settings, origin, lives, False)
    assert statuses(settings) == [("2026-01-05 manual__1", "FAILED")]


def test_the_parent_holds_every_setting_and_leads_back_to_airflow(settings: Settings, origin: Origin) -> None:
    runs.open_run(settings, origin, lives)
    data = parent_of(settings).data
    assert data.params["lists.top_n"] == "10"
    assert data.params["as_of"] == "2026-01-05"
    assert data.tags["airflow.url"] == "http://airflow.test:8080/dags/recsys_daily/runs/manual__1"
    assert data.tags["airflow.url"] in data.tags["mlflow.note.content"]


def test_a_stage_is_a_finished_child_with_its_rows_facts_and_settings(
    settings: Settings, origin: Origin, ingested: Manifest
) -> None:
    runs.open_run(settings, origin, lives)
    url = runs.record(settings, origin, ingested, {}, BEGAN)
    child = next(run for run in recorded(settings) if run.data.tags["recsys.kind"] == "stage")
    assert url.endswith(child.info.run_id)
    assert (child.info.status, child.info.run_name) == ("FINISHED", "ingest")
    assert child.data.tags["mlflow.parentRunId"] == parent_of(settings).info.run_id
    assert child.data.metrics["rows/events"] == 100
    assert child.data.metrics["rows/quarantined: no text _items_"] == 2
    assert child.data.metrics["seconds"] == 1.5
    assert child.data.tags["recsys.dataset_digest"] == "d1"
    assert set(child.data.params) == {name for name in child.data.params if name.startswith(("source.", "events."))}
    assert child.info.end_time - child.info.start_time >= 2000


def test_parent_and_child_name_the_data_they_read(settings: Settings, origin: Origin, ingested: Manifest) -> None:
    runs.record(settings, origin, ingested, {}, BEGAN)
    read = [[given.dataset.digest for given in run.inputs.dataset_inputs] for run in recorded(settings) if run.inputs]
    assert read == [["d1"], ["d1"]]


def test_quality_and_pictures_are_on_the_child_and_on_the_parent(
    settings: Settings, origin: Origin, evaluated: Manifest, transferred: tuple[Manifest, Inputs]
) -> None:
    runs.record(settings, dataclasses.replace(origin, task_id="evaluate"), evaluated, {}, BEGAN)
    runs.record(settings, dataclasses.replace(origin, task_id="transfer"), *transferred, BEGAN)
    parent = parent_of(settings)
    child = next(run for run in recorded(settings) if run.info.run_name == "evaluate")
    for run in (parent, child):
        assert run.data.metrics["warm/recsys.ndcg_at_10"] == pytest.approx(0.101)
        assert run.data.metrics["warm/recsys.ndcg_at_10_low"] == pytest.approx(0.092)
        assert "warm/recsys.coverage_low" not in run.data.metrics
        assert {name: value for name, value in run.data.metrics.items() if "31" in name} == {
            "warm/recsys.ndcg_at_10/31 and more": 0.2,
            "warm/recsys.ndcg_at_10/31 and more_low": 0.15,
            "warm/recsys.ndcg_at_10/31 and more_high": 0.25,
        }
    names = [f"pictures/{name}.png" for name in ("accuracy", "alpha", "interests", "new_users", "spread")]
    assert artifacts(settings, parent) == names
    assert artifacts(settings, child) == [names[0], *names[3:]]


def test_a_failed_stage_is_a_failed_child_that_tells_the_kind_and_no_data(settings: Settings, origin: Origin) -> None:
    error = DataError("ids are missing", where="events row 7", seen="secret-user")
    assert runs.record_failure(settings, origin, error, BEGAN)
    child = next(run for run in recorded(settings) if run.data.tags["recsys.kind"] == "stage")
    assert child.info.status == "FAILED"
    assert child.data.tags["recsys.error"] == "DataError"
    assert child.data.tags["recsys.error_what"] == "ids are missing"
    assert "secret-user" not in str(child.data.tags)


def test_every_try_and_every_shard_is_a_child_of_its_own(settings: Settings, origin: Origin) -> None:
    shard = dataclasses.replace(origin, task_id="rank", map_index=1)
    runs.record_failure(settings, shard, RuntimeError("x"), BEGAN)
    runs.record_failure(settings, dataclasses.replace(shard, try_number=2), RuntimeError("x"), BEGAN)
    assert [name for name, _ in statuses(settings)][1:] == ["rank shard 1", "rank shard 1, try 2"]


def test_a_retried_day_goes_on_with_its_own_parent(settings: Settings, origin: Origin) -> None:
    first = runs.open_run(settings, origin, lives)
    runs.close_run(settings, origin, lives, False)
    changed = settings.model_copy(update={"store": "elsewhere"})
    assert runs.open_run(changed, dataclasses.replace(origin, try_number=2), lives) == first
    assert statuses(settings) == [("2026-01-05 manual__1", "RUNNING")]


def test_what_a_dead_run_left_running_is_killed_when_the_next_opens(settings: Settings, origin: Origin) -> None:
    runs.open_run(settings, origin, lives)
    runs.open_run(settings, dataclasses.replace(origin, run_id="manual__2"), is_over)
    assert statuses(settings) == [("2026-01-05 manual__1", "KILLED"), ("2026-01-05 manual__2", "RUNNING")]


def test_what_lives_or_belongs_to_another_airflow_is_left_alone(settings: Settings, origin: Origin) -> None:
    runs.open_run(settings, origin, lives)
    runs.open_run(settings, dataclasses.replace(origin, run_id="manual__2"), lives)
    elsewhere = dataclasses.replace(origin, deployment="http://elsewhere.test", run_id="manual__3")
    runs.open_run(settings, elsewhere, is_over)
    assert {status for _, status in statuses(settings)} == {"RUNNING"}


def test_a_recording_that_died_halfway_is_killed_when_its_day_closes(settings: Settings, origin: Origin) -> None:
    runs.open_run(settings, origin, lives)
    client, parent = MlflowClient(tracking_uri=settings.tracking.uri), parent_of(settings)
    half = {"recsys.kind": "stage", "mlflow.parentRunId": parent.info.run_id, **origin.tags}
    client.create_run(parent.info.experiment_id, tags=half, run_name="ingest")
    runs.close_run(settings, origin, lives, True)
    assert statuses(settings) == [("2026-01-05 manual__1", "FINISHED"), ("ingest", "KILLED")]


def test_credentials_in_settings_stay_out(settings: Settings, origin: Origin) -> None:
    runs.open_run(settings.model_copy(update={"store": "s3://key:hunter2@bucket/store"}), origin, lives)
    assert parent_of(settings).data.params["store"] == "s3://***@bucket/store"


def test_a_server_that_is_away_costs_a_warning_and_nothing_else(
    origin: Origin, ingested: Manifest, caplog: pytest.LogCaptureFixture
) -> None:
    away = load(["tracking.uri=http://127.0.0.1:9"])
    began = datetime.now(UTC)
    assert runs.open_run(away, origin, lives) == ""
    assert runs.record(away, origin, ingested, {}, BEGAN) == ""
    assert runs.close_run(away, origin, lives, True) == ""
    assert caplog.text.count("went unrecorded") == 3
    assert datetime.now(UTC) - began < timedelta(seconds=20)


def test_nothing_is_tracked_without_a_server(origin: Origin) -> None:
    assert runs.open_run(load(), origin, lives) == ""


def test_a_shard_and_its_second_try_are_recorded_whole(settings: Settings, origin: Origin, ingested: Manifest) -> None:
    runs.record(settings, dataclasses.replace(origin, map_index=1, try_number=2), ingested, {}, BEGAN)
    assert parent_of(settings).data.metrics["seconds/ingest shard 1"] == 1.5


def test_experiment_and_run_lead_to_a_comparison_of_the_days(settings: Settings, origin: Origin) -> None:
    runs.open_run(settings, origin, lambda _: True)
    parent, client = parent_of(settings), MlflowClient(tracking_uri=settings.tracking.uri)
    experiment = client.get_experiment(parent.info.experiment_id)
    for note in (experiment.tags["mlflow.note.content"], parent.data.tags["mlflow.note.content"]):
        assert f"/#/experiments/{experiment.experiment_id}/runs?searchFilter=" in note
        assert "compareRunsMode=CHART" in note
