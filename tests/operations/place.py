"""An installation of the tests' own: the product's own functions start it, on free ports, below a folder of its own."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg2
import pytest

from recsys.errors import TransientError
from recsys.standalone import installation, postgres, processes, services
from recsys.standalone.airflow_api import Airflow

DAG = "recsys_daily"
PATIENCE_SECONDS = 900.0
SOONER = {
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "15",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "1",
    "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
}
"""A task that has gone silent is taken for dead sooner than the product does, and nothing runs unasked."""


@dataclass(frozen=True)
class Place:
    """A running installation."""

    home: Path
    ports: Mapping[str, int]
    settings: Mapping[str, str]
    """Variables of the product that were set when it was started."""

    @property
    def airflow(self) -> Airflow:
        return Airflow(services.airflow_url(self.ports), services.ADMIN, services.airflow_password(self.home))

    @property
    def dsn(self) -> str:
        return (self.home / "secrets" / "database_url").read_text()

    def start(self) -> None:
        """Starts what does not run, as `recsys up` does."""
        with pytest.MonkeyPatch.context() as patched:
            for name in [one for one in os.environ if one.startswith(("RECSYS_", "AIRFLOW_"))]:
                patched.delenv(name)
            for name, value in self.settings.items():
                patched.setenv(name, value)
            made = services.airflow_environment
            patched.setattr(services, "airflow_environment", lambda *given: {**made(*given), **SOONER})
            installation.up(self.home, lambda _: None)

    def end(self) -> None:
        installation.down(self.home, lambda _: None)

    def leader(self, name: str) -> psutil.Process:
        return psutil.Process(processes.records(self.home)[name].pid)

    def service(self, name: str) -> psutil.Process:
        """The service itself, which its leader starts again when it dies."""
        found: psutil.Process = until(
            lambda: next(iter(self.leader(name).children()), None), f"{name} is started again"
        )
        return found

    def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of the serving store."""
        with closing(psycopg2.connect(self.dsn, connect_timeout=5)) as db, db.cursor() as cursor:
            cursor.execute(query, values)
            return list(cursor.fetchall())

    def restart_postgres(self) -> None:
        postgres.stop(self.home)
        postgres.start(self.home, self.ports["postgres"])

    def client(self, user: str, password: str) -> httpx.Client:
        """A client of Airflow's pages and API who has logged in."""
        client = httpx.Client(base_url=services.airflow_url(self.ports), timeout=30, trust_env=False)
        token = client.post("/auth/token", json={"username": user, "password": password}).raise_for_status().json()
        client.headers["Authorization"] = f"Bearer {token['access_token']}"
        return client

    @property
    def admin(self) -> httpx.Client:
        return self.client(services.ADMIN, services.airflow_password(self.home))


def until(happened: Callable[[], Any], what: str, seconds: float = PATIENCE_SECONDS) -> Any:
    """What `happened` answers, once that is something; servers that are being restarted are waited for."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError, psycopg2.OperationalError, TransientError):
            if found := happened():
                return found
        time.sleep(0.2)
    raise AssertionError(f"not within {seconds:g} s: {what}")


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[bool]:
    """Whether the folder lies on a disk of that size; False where no disk can be mounted."""
    folder.mkdir(parents=True)
    mounted = (
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", str(folder)],
            check=False,
            capture_output=True,
        ).returncode
        == 0
    )
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """No room is left on the folder's disk."""
    ballast = folder / ".ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1 << 16))
    try:
        yield
    finally:
        ballast.unlink()
