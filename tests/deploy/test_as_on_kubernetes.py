"""Airflow with the configuration of values.yaml: no two components have a folder in common, and its probes ask them."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from fsspec import AbstractFileSystem

from recsys.standalone.airflow_api import Airflow, TaskState
from recsys.standalone.follow import await_dag
from tests.conftest import free_port
from tests.deploy.containers import Site
from tests.deploy.manifests import VALUES

pytestmark = pytest.mark.slow

DAG = "recsys_daily"
COMPONENTS = {"scheduler": "scheduler", "dag-processor": "dagProcessor", "triggerer": "triggerer"}
"""Services of docker-compose.yaml, by what the chart calls them."""
CONTAINERS = (
    "postgres",
    "valkey",
    "airflow-migrate",
    "recsys-migrate",
    "mlflow",
    "api-server",
    "scheduler",
    "dag-processor",
    "triggerer",
    "worker",
)
PATIENCE = 300


@pytest.fixture(scope="module")
def changed() -> dict[str, str]:
    return {"ARTIFACTS": "s3://recsys/mlflow", "STORE": "s3://recsys/store"}


def configuration() -> dict[str, str]:
    """The values' configuration as variables, as far as it is not about pods."""
    sections = {name: values for name, values in VALUES["config"].items() if name not in ("kubernetes_executor", "api")}
    return {
        f"AIRFLOW__{section}__{name}".upper(): value
        for section, values in sections.items()
        for name, value in values.items()
    }


@dataclass(frozen=True)
class Run:
    """A run of the DAG whose first stage has ended."""

    site: Site
    airflow: Airflow
    id: str
    ingest: TaskState


@pytest.fixture(scope="module")
def run(store: Site, variables: dict[str, str]) -> Run:
    port = {"AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(free_port())}
    (store.folder / "home").mkdir()
    (store.folder / "home" / "airflow.cfg").touch()  # the chart mounts one
    for name in CONTAINERS[5:]:
        service = store.services[name]
        home = {} if name == "worker" else {"AIRFLOW_HOME": str(store.folder / "home")}
        environment = {**service["environment"], **configuration(), **home, **port}
        without_folder = [mount for mount in service.get("volumes", []) if not mount.startswith("logs:")]
        store.services = {**store.services, name: {**service, "environment": environment, "volumes": without_folder}}
    store.up({name: name for name in CONTAINERS}, PATIENCE)
    airflow = Airflow(f"http://127.0.0.1:{store.ports['api-server']}", "admin", variables["AIRFLOW_ADMIN_PASSWORD"])
    await_dag(airflow, DAG, PATIENCE)
    started = airflow.trigger(DAG, {"as_of": "2026-01-05"}, "2020-01-01T00:00:00Z")
    airflow.unpause(DAG)
    until = time.monotonic() + PATIENCE
    while True:
        (ingest,) = [task for task in airflow.tasks(DAG, started) if task.task == "ingest"]
        if ingest.state == "success":
            return Run(store, airflow, started, ingest)
        assert ingest.state not in ("failed", "up_for_retry"), store.last_words("worker")
        assert time.monotonic() < until, [store.last_words(name) for name in CONTAINERS[5:]]
        time.sleep(0.5)


def test_the_log_of_a_task_whose_pod_is_gone_is_read_from_the_bucket(run: Run, bucket: AbstractFileSystem) -> None:
    until = time.monotonic() + PATIENCE
    while logs(run.site, "worker"):  # the task's state is reported before its log goes to the bucket
        assert time.monotonic() < until
        time.sleep(0.2)
    assert any("360 events" in line for line in run.airflow.log(DAG, run.id, run.ingest, 50))
    (name,) = [name for name in bucket.find("recsys/logs") if "task_id=ingest" in name]
    assert f"run_id={run.id}" in name
    bucket.rm(name)
    assert not any("360 events" in line for line in run.airflow.log(DAG, run.id, run.ingest, 50))


def test_nothing_is_written_to_the_image_where_the_chart_mounts_the_configuration(run: Run) -> None:
    assert [file.name for file in (run.site.folder / "home").iterdir()] == ["airflow.cfg"]


def test_no_log_in_the_bucket_holds_a_secret(run: Run, bucket: AbstractFileSystem, variables: dict[str, str]) -> None:
    names = bucket.find("recsys/logs")
    secrets = [value for name, value in variables.items() if name.endswith(("PASSWORD", "SECRET", "KEY", "TOKEN"))]
    assert names
    assert [name for name in names if any(secret in bucket.cat(name).decode() for secret in secrets)] == []


@pytest.mark.parametrize("service", COMPONENTS)
def test_the_probe_of_a_component_passes_while_it_lives_and_fails_when_it_is_dead(run: Run, service: str) -> None:
    assert probe(run.site, service).returncode == 0, probe(run.site, service).stderr
    run.site.kill(service)
    until = time.monotonic() + PATIENCE
    while (asked := probe(run.site, service)).returncode == 0:
        assert time.monotonic() < until, asked.stdout
        time.sleep(1)
    assert "No alive jobs found" in asked.stderr or "refused" in asked.stdout


def logs(site: Site, service: str) -> list[Path]:
    """Logs of tasks in the folder of a component."""
    folder = site.local(service, service, VALUES["config"]["logging"]["base_log_folder"])
    return [*Path(folder).rglob("*task_id=ingest*/*.log")]


def probe(site: Site, service: str) -> subprocess.CompletedProcess[str]:
    """What the probe of a component answers inside its container."""
    environment = site.environment(service, service)
    command = [site.local(service, service, word) for word in VALUES[COMPONENTS[service]]["livenessProbe"]["command"]]
    port = environment["AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT"]
    return subprocess.run(
        [word.replace(":8974", f":{port}") for word in command],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
