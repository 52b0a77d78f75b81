"""An installation: everything started in order, found again, and stopped in reverse."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx

from recsys.errors import TransientError
from recsys.standalone import postgres, processes, services
from recsys.standalone.credentials import write
from recsys.standalone.home import alone, note_store, refuse_half_restored
from recsys.standalone.ports import assign, remembered

Notice = Callable[[str], None]


def up(home: Path, notice: Notice) -> dict[str, int]:
    """Ports of the services, all answering; what runs already is left as it is.

    Raises `TransientError` with the end of its log for a service that will not start.
    """
    with alone(home):
        refuse_half_restored(home)
        _end_orphans(home, notice)
        server, ports = _database(home, notice)
        airflow_dsn = server.create_database("airflow", "airflow")
        _serving_store(home, server)
        mlflow_dsn = server.create_database("mlflow", "mlflow")
        mlflow = services.mlflow_service(home, ports, mlflow_dsn)
        _start(home, mlflow, notice)
        services.airflow_password(home)
        product = services.product_environment(home, ports)
        note_store(home, product["RECSYS_STORE"])
        environment = services.airflow_environment(home, ports, airflow_dsn, product)
        _airflow(home, ports, environment, notice)
        _start(home, services.clean_service(environment, mlflow_dsn), notice)
        processes.await_ready(home, "mlflow", _answers(services.mlflow_url(ports) + "/health"))
    return ports


def down(home: Path, notice: Notice) -> None:
    """Ends everything this installation started, last first; nothing of anyone else's."""
    with alone(home):
        for name in reversed(processes.records(home)):
            if processes.stop(home, name):
                notice(f"stopped {name}")
        if postgres.is_running(home):
            postgres.stop(home)
            notice("stopped postgres")


def running(home: Path) -> tuple[str, ...]:
    """Names of the services that run, in the order of starting."""
    database = ("postgres",) if postgres.is_running(home) else ()
    return database + tuple(name for name, record in processes.records(home).items() if processes.is_running(record))


def _end_orphans(home: Path, notice: Notice) -> None:
    """Ends what a killed service left behind, which would hold its port."""
    for name, record in processes.records(home).items():
        if not processes.is_running(record) and processes.stop(home, name):
            notice(f"ended what {name} of a killed run had left behind")


def _database(home: Path, notice: Notice) -> tuple[postgres.Server, dict[str, int]]:
    names = {"airflow" if name == "api-server" else name for name in running(home)}
    ports = assign(home, names, notice)
    if "postgres" not in names:
        notice(f"starting postgres on port {ports['postgres']}")
    return postgres.start(home, ports["postgres"]), ports


def _serving_store(home: Path, server: postgres.Server) -> None:
    from recsys.publish.migrations import migrate  # slow to load, and only needed here

    dsn = server.create_database("recsys", "recsys")
    migrate(dsn)
    write(home, "database_url", dsn)


def _airflow(home: Path, ports: Mapping[str, int], environment: Mapping[str, str], notice: Notice) -> None:
    _migrate(home, environment, notice)
    api, *others = services.airflow_services(environment)
    _start(home, api, notice)
    url = services.airflow_url(ports)
    processes.await_ready(home, api.name, _answers(url + "/api/v2/version"))
    # Asked once, so that the first task does not wait for this part of the server to load.
    processes.await_ready(home, api.name, _answers(url + "/execution/health"))
    for service in others:
        _start(home, service, notice)
    for service in others:
        part = service.name.replace("-", "_")
        processes.await_ready(home, service.name, _is_healthy(url + "/api/v2/monitor/health", part))


def _migrate(home: Path, environment: Mapping[str, str], notice: Notice) -> None:
    """Brings Airflow's tables to its version; asked of Airflow only when the version is new, for that takes seconds."""
    version, stamp = importlib.metadata.version("apache-airflow-core"), home / "airflow" / "migrated"
    if stamp.exists() and stamp.read_text() == version:
        return
    notice("preparing airflow's tables")
    log = processes.log_path(home, "airflow-migrate")
    log.parent.mkdir(exist_ok=True)
    with log.open("wb") as output:
        done = subprocess.run(
            (str(services.BIN / "airflow"), "db", "migrate"),
            env={**os.environ, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        raise TransientError(
            "airflow's tables could not be prepared",
            where=str(log),
            seen=processes.last_lines(home, "airflow-migrate"),
            remedy="see its log",
        )
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(version)


def _start(home: Path, service: processes.Service, notice: Notice) -> None:
    if processes.start(home, service):
        port = remembered(home).get("airflow" if service.name == "api-server" else service.name)
        notice(f"starting {service.name}" + (f" on port {port}" if port else ""))


def _answers(url: str) -> Callable[[], bool]:
    def ready() -> bool:
        try:
            return httpx.get(url, timeout=10, trust_env=False).is_success
        except httpx.TransportError:
            return False

    return ready


def _is_healthy(url: str, part: str) -> Callable[[], bool]:
    def ready() -> bool:
        try:
            return bool(httpx.get(url, timeout=10, trust_env=False).json()[part]["status"] == "healthy")
        except (httpx.TransportError, ValueError, KeyError, TypeError):
            return False

    return ready
