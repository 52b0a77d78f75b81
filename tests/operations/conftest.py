from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import free_port
from tests.operations import direct, five_days, history
from tests.operations.five_days import FiveDays
from tests.operations.history import DAYS, History
from tests.operations.place import DAG, Place, small_disk, until

KEY = "a key of pseudonyms that is planted"
CHEAP = {
    "RECSYS_EVALUATION__RESAMPLES": "100",
    "RECSYS_EVALUATION__LEAVE_LAST": "100",
    "RECSYS_EVALUATION__COLD_REVEALED": "[]",
    "RECSYS_EVALUATION__SOCIAL_REVEALED": "[]",
}
"""A backtest that asks nobody: what is published does not depend on it."""


@pytest.fixture(scope="session")
def past(tmp_path_factory: pytest.TempPathFactory) -> History:
    return history.write(tmp_path_factory.mktemp("history"))


@pytest.fixture(scope="session")
def disk() -> Iterator[Path | None]:
    """A small disk for the store; None where none can be mounted."""
    folder = Path(tempfile.mkdtemp(prefix="recsys-test-disk-"))
    with small_disk(folder / "disk", "256m") as mounted:
        yield folder / "disk" if mounted else None
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def place(disk: Path | None) -> Iterator[Place]:
    """A running installation in which nothing was published yet."""
    home = Path(tempfile.mkdtemp(prefix="recsys-test-place-"))
    home.chmod(0o755)
    ports = {name: free_port() for name in ("postgres", "mlflow", "airflow")}
    (home / "ports.json").write_text(json.dumps(ports))
    (home / "pseudonym_key").write_text(KEY)
    store = disk or home / "store"
    running = Place(
        home, ports, {**CHEAP, "RECSYS_STORE": store.as_uri(), "RECSYS_PSEUDONYM_KEY_FILE": str(home / "pseudonym_key")}
    )
    with ExitStack() as ended:
        ended.callback(shutil.rmtree, home, ignore_errors=True)
        ended.callback(running.end)
        running.start()
        until(lambda: running.airflow.dag(DAG), "Airflow has read the DAG")
        yield running


@pytest.fixture(scope="session")
def conf(past: History) -> dict[str, object]:
    """The trigger form, filled in."""
    return {"source": "files", **past.files, "top_n": 5, "shards": 1}


@pytest.fixture(scope="session")
def alone(past: History, tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[bytes]]:
    """The same days without Airflow, made by a process beside it."""
    folder = tmp_path_factory.mktemp("direct")
    overrides = [
        "source.kind=files",
        *(f"source.{name}={file}" for name, file in past.files.items()),
        "lists.top_n=5",
        "runtime.shards=1",
    ]
    environment = {
        **{name: text for name, text in os.environ.items() if not name.startswith("RECSYS_")},
        "RECSYS_PSEUDONYM_KEY": KEY,
        "OMP_NUM_THREADS": "1",
    }
    command = [
        sys.executable,
        direct.__file__,
        str(folder),
        json.dumps(overrides),
        json.dumps([str(day) for day in DAYS]),
    ]
    process = subprocess.Popen(command, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def lists_alone(alone: subprocess.Popen[bytes]) -> dict[str, pd.DataFrame]:
    """The lists of each day, from its direct run."""
    assert alone.wait(900) == 0
    folder = Path(str(alone.args[2]))  # type: ignore[index]
    return {str(day): pd.read_parquet(folder / f"{day}.parquet") for day in DAYS}


@pytest.fixture(scope="session")
def days(place: Place, alone: subprocess.Popen[bytes], conf: dict[str, object], disk: Path | None) -> FiveDays:
    """The five days, once Airflow has made them."""
    return five_days.lived(place, conf, disk)
