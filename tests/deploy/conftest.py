from __future__ import annotations

import os
import runpy
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fsspec import AbstractFileSystem, filesystem

from tests.conftest import free_port
from tests.deploy import compose, containers
from tests.deploy.containers import Site


@pytest.fixture(scope="session")
def variables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables as `make env` writes them."""
    folder = tmp_path_factory.mktemp("env")
    (folder / ".env.example").write_text((compose.ROOT / ".env.example").read_text())
    runpy.run_path(str(compose.ROOT / "deploy" / "make_env.py"))["main"](folder)
    return compose.environment(folder / ".env")


@pytest.fixture(scope="module")
def changed() -> dict[str, str]:
    """Variables that a module has otherwise."""
    return {}


@pytest.fixture(scope="module")
def cluster(variables: dict[str, str], shop: dict[str, str], changed: dict[str, str]) -> Iterator[Site]:
    """Services that a test may start, with the shop as their source."""
    folder = Path(tempfile.mkdtemp(prefix="recsys-test-cluster-"))
    folder.chmod(0o755)
    settings = folder / "settings.toml"
    settings.write_text(
        f'[source]\nkind = "files"\nevents = "{shop["events"]}"\nitems = "{shop["items"]}"\n'
        "[evaluation]\nresamples = 100\n"
    )
    ports = {name: free_port() for name in containers.PORTS}
    given = {
        **variables,
        "AIRFLOW_PORT": str(ports["api-server"]),
        "MLFLOW_PORT": str(ports["proxy"]),
        "SETTINGS_FILE": str(settings),
        "TASK_DEAD_SECONDS": "30",
        **changed,
    }
    try:
        with containers.site(folder, given, ports) as made:
            yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def store(cluster: Site) -> Site:
    """A site whose object store answers."""
    service = cluster.services["s3"]
    # A container has these ports to itself.
    others = [f"-{part}.port={pair() + number}" for number, part in enumerate(("master", "filer", "volume", "admin"))]
    cluster.services = {**cluster.services, "s3": {**service, "command": [*service["command"], *others]}}
    cluster.ports = {**cluster.ports, "s3": pair() + 50}
    cluster.seconds["s3-owner"] = 0.0  # a folder made here has its owner already
    cluster.up({"s3": "s3"})
    return cluster


@pytest.fixture(scope="module")
def bucket(store: Site) -> AbstractFileSystem:
    """The object store, as who has its keys sees it."""
    keys = store.services["s3"]["environment"]
    return filesystem(
        "s3",
        endpoint_url=f"http://127.0.0.1:{store.ports['s3']}",
        key=keys["AWS_ACCESS_KEY_ID"],
        secret=keys["AWS_SECRET_ACCESS_KEY"],
    )


def pair() -> int:
    """A free port whose sum with 10,000 is free as well: there SeaweedFS listens for its own."""
    for port in range(20_000 + os.getpid() % 5_000, 30_000):
        with socket.socket() as one, socket.socket() as other:
            try:
                one.bind(("127.0.0.1", port))
                other.bind(("127.0.0.1", port + 10_000))
            except OSError:
                continue
            return port
    raise AssertionError("no free port")
