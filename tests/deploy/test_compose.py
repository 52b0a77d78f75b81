"""What docker-compose.yaml promises of every service: bounded, unprivileged, closed to the network, no secret in it."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from recsys.settings import Settings
from tests.deploy import compose

SERVICES = compose.raw()["services"]
MIGRATIONS = {"airflow-migrate", "recsys-migrate"}
ONCE = MIGRATIONS | {"s3-owner", "airflow-cli"}
AIRFLOW = {"airflow-migrate", "airflow-cli", "api-server", "scheduler", "dag-processor", "triggerer"}
WORKERS = {"worker", "worker-gpu"}
PROFILES = sorted({profile for service in SERVICES.values() for profile in service.get("profiles", [])})
CAPABILITIES = {"proxy": ["NET_BIND_SERVICE"], "s3-owner": ["CHOWN"]}
"""All that is given back: caddy's binary asks for the first; `s3-owner` alone is root, without a network, and ends."""
KNOWN_TO = {
    "POSTGRES_PASSWORD": {"postgres"},
    "AIRFLOW_DATABASE_PASSWORD": {"postgres", "airflow-clean"} | AIRFLOW,
    "CELERY_DATABASE_PASSWORD": {"postgres", "airflow-clean", "flower"} | AIRFLOW | WORKERS,
    "MLFLOW_DATABASE_PASSWORD": {"postgres", "mlflow", "mlflow-clean"},
    "RECSYS_OWNER_PASSWORD": {"postgres", "recsys-migrate"},
    "RECSYS_WORKER_PASSWORD": {"postgres"} | WORKERS,
    "RECSYS_PAGES_PASSWORD": {"postgres", "api-server"},
    "RECSYS_SERVE_PASSWORD": {"postgres", "serve"},
    "RECSYS_SERVE_TOKEN": {"serve"},
    "REDIS_PASSWORD": {"valkey", "flower"} | AIRFLOW | WORKERS,
    "AIRFLOW_ADMIN_PASSWORD": {"airflow-migrate"},
    "AIRFLOW_FERNET_KEY": AIRFLOW,
    "AIRFLOW_SECRET_KEY": AIRFLOW,
    "AIRFLOW_JWT_SECRET": AIRFLOW,
    "MLFLOW_PASSWORD": {"proxy"},
    "GRAFANA_PASSWORD": {"grafana"},
    "FLOWER_PASSWORD": {"flower"},
    "S3_ACCESS_KEY": {"s3", "mlflow", "api-server", "dag-processor", "triggerer"} | WORKERS,
    "S3_SECRET_KEY": {"s3", "mlflow", "api-server", "dag-processor", "triggerer"} | WORKERS,
}
"""Services that are given a secret; no other one has it."""


def texts(value: Any) -> Iterator[str]:
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts(one)
    if isinstance(value, str):
        yield value


def secrets() -> set[str]:
    """Names that `make env` fills."""
    return {name for name, value in compose.environment(compose.ROOT / ".env.example").items() if not value}


def test_every_secret_is_known_to_those_services_that_need_it_and_no_other(variables: dict[str, str]) -> None:
    filled = compose.services(variables)
    found = {
        name: {service for service, what in filled.items() if variables[name] in "\n".join(texts(what))}
        for name in secrets()
    }
    assert found == KNOWN_TO


@pytest.mark.parametrize("name", sorted(KNOWN_TO))
def test_a_secret_that_is_missing_stops_compose_with_what_to_do(variables: dict[str, str], name: str) -> None:
    with pytest.raises(KeyError, match=f"{name}: run `make env` first"):
        compose.services({**variables, name: ""})


def test_no_secret_stands_in_the_file() -> None:
    for service in SERVICES.values():
        for key, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|SECRET|KEY|TOKEN$|CLI_?AUTH$", key):
                assert re.fullmatch(r"\$\{[^}]+\}", value), key
            assert not re.search(r"://[^:/@]*:(?!\$\{)[^/@]+@", value), key


def test_every_variable_is_in_the_example_and_every_one_of_the_example_is_used() -> None:
    used = {found["name"] for found in compose.VARIABLE.finditer(compose.FILE.read_text()) if found["name"]}
    assert used == set(compose.environment(compose.ROOT / ".env.example"))


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_bounded_and_unprivileged(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == CAPABILITIES.get(name, [])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert bool(re.match(r"(root|0)(:|$)", service["user"])) == (name == "s3-owner")
    assert not service.get("privileged")
    assert service["logging"]["options"]["max-size"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_tells_its_health_unless_it_ends_by_itself(name: str) -> None:
    ends = SERVICES[name]["restart"] == "no"
    assert ends == (name in ONCE)
    assert ("test" in SERVICES[name]["healthcheck"]) != ends


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_waits_for_the_health_or_the_good_end_of_others(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        ends = other in ONCE
        assert how == {"condition": "service_completed_successfully" if ends else "service_healthy"}


def test_workers_do_without_mlflow() -> None:
    assert not [name for name in WORKERS if "mlflow" in SERVICES[name]["depends_on"]]


def test_what_postgres_runs_on_an_empty_volume_is_a_program() -> None:
    # Its image would read a file that is none into its own shell, with all that it sets.
    assert all(os.access(script, os.X_OK) for script in (compose.ROOT / "deploy" / "postgres").iterdir())


def test_all_but_the_migrations_and_the_stores_wait_for_the_migrations() -> None:
    waiting = {name for name, service in SERVICES.items() if set(service.get("depends_on", {})) >= MIGRATIONS}
    assert waiting == {"api-server", "scheduler", "dag-processor", "triggerer", "airflow-cli"} | WORKERS


def test_ports_are_open_to_this_machine_alone() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert set(published) == {"postgres", "proxy", "serve", "api-server", "grafana", "flower"}
    assert [port for ports in published.values() for port in ports if not port.startswith("127.0.0.1:")] == []


def test_every_image_of_others_is_pinned_and_none_is_abandoned() -> None:
    images = {service["image"] for service in SERVICES.values() if "build" not in service}
    assert all(re.fullmatch(r"[\w/.-]+:v?\d+\.\d+[\w.-]*", image) for image in images)
    assert not [image for image in images if "minio" in image]


def test_what_not_everybody_needs_is_asked_for_by_profile() -> None:
    assert {name: service["profiles"] for name, service in SERVICES.items() if "profiles" in service} == {
        "worker-gpu": ["gpu"],
        "s3": ["s3"],
        "s3-owner": ["s3"],
        "serve": ["http"],
        "airflow-cli": ["airflow-cli"],
        "flower": ["flower"],
        "statsd-exporter": ["metrics"],
        "prometheus": ["metrics"],
        "grafana": ["metrics"],
    }
    assert SERVICES["s3-owner"]["network_mode"] == "none"
    (device,) = SERVICES["worker-gpu"]["deploy"]["resources"]["reservations"]["devices"]
    assert device == {"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}


def test_mounts_lead_to_what_is_there() -> None:
    for service in SERVICES.values():
        for mount in service.get("volumes", []):
            source = mount.replace("${SETTINGS_FILE:-", "").split(":")[0].rstrip("}")
            assert (compose.ROOT / source).exists() if source.startswith("./") else source in compose.raw()["volumes"]


def test_workers_serve_the_queues_that_tasks_are_put_in() -> None:
    queues = [re.findall(r"--queues (\w+)", SERVICES[name]["command"][2])[0] for name in sorted(WORKERS)]
    assert queues == [Settings().runtime.queue, "gpu"]


def compose_itself(variables: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """What Docker Compose makes of the file; it needs no engine for that."""
    package = find_spec("compose")
    assert package is not None
    assert package.origin is not None
    profiles = [word for name in PROFILES for word in ("--profile", name)]
    command = [str(Path(package.origin).with_name("docker-compose")), *profiles, "config"]
    return subprocess.run(
        [*command, *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=compose.ROOT,
        env={"PATH": os.defpath, **variables},
    )


def test_compose_itself_reads_the_file_as_these_tests_do(variables: dict[str, str]) -> None:
    made = compose_itself(variables, "--format", "json")
    assert made.returncode == 0, made.stderr
    theirs, ours = json.loads(made.stdout.replace("$$", "$"))["services"], compose.services(variables)
    assert set(theirs) == set(ours)
    for name, service in ours.items():
        assert theirs[name].get("environment", {}) == {k: str(v) for k, v in service.get("environment", {}).items()}
        assert theirs[name].get("command") == service.get("command")
        assert theirs[name].get("healthcheck", {}).get("test") == service["healthcheck"].get("test")
        assert theirs[name]["restart"] == service["restart"]
        assert set(theirs[name].get("depends_on", {})) == set(service.get("depends_on", {}))


def test_compose_itself_stops_at_a_secret_that_is_missing_and_says_what_to_do(variables: dict[str, str]) -> None:
    made = compose_itself({**variables, "AIRFLOW_JWT_SECRET": ""}, "--quiet")
    assert made.returncode != 0
    assert "AIRFLOW_JWT_SECRET is missing a value: run `make env` first" in made.stderr
