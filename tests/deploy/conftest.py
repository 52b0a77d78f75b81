from __future__ import annotations

import runpy
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

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
def cluster(variables: dict[str, str], shop: dict[str, str]) -> Iterator[Site]:
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
    }
    try:
        with containers.site(folder, given, ports) as made:
            yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)
