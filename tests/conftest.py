"""The one real Postgres and the one real MLflow that all tests share, and a fresh database for each that asks."""

import shutil
import socket
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from recsys.standalone import postgres as embedded
from recsys.standalone import processes, services
from recsys.standalone.postgres import Server


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A running embedded Postgres on a free port."""
    home = Path(tempfile.mkdtemp(prefix="recsys-test-postgres-"))
    home.chmod(0o755)
    try:
        yield embedded.start(home, free_port())
    finally:
        embedded.stop(home, "immediate")
        shutil.rmtree(home)


@pytest.fixture
def database(postgres: Server) -> str:
    """Connection string of an empty database that its role owns."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    return postgres.create_database(name, name)


@pytest.fixture(scope="session")
def mlflow_uri(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a running MLflow server on that Postgres."""
    home, ports = tmp_path_factory.mktemp("mlflow"), {"mlflow": free_port()}
    uri, dsn = services.mlflow_url(ports), postgres.create_database("mlflow", "mlflow")

    def answers() -> bool:
        try:
            return httpx.get(f"{uri}/health").is_success
        except httpx.HTTPError:
            return False

    try:
        processes.start(home, services.mlflow_service(home, ports, dsn))
        processes.await_ready(home, "mlflow", answers)
        yield uri
    finally:
        processes.stop(home, "mlflow")
