"""The one real Postgres that all tests share, and a fresh database of it for each that asks."""

import shutil
import socket
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from recsys.standalone import postgres as embedded
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
