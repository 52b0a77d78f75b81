"""Where it happens: a Postgres, an MLflow, a store on a disk of its own, and the launcher of children."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import command_task
import httpx
import psutil
import psycopg2
import pytest

from recsys import child
from recsys.publish.migrations import migrate
from recsys.standalone import postgres, processes, services
from tests.chaos.launcher import Launcher
from tests.conftest import free_port
from tests.operations.place import small_disk, until

LEFT = """
    SELECT 'a session: ' || state || ' ' || query FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'recsys'
    UNION ALL SELECT 'a lock' FROM pg_locks JOIN pg_database db ON db.oid = database
    WHERE locktype = 'advisory' AND datname = current_database()
"""
"""What a child that is gone must not hold."""


@dataclass
class Place:
    """Services of one machine, for one database at a time."""

    home: Path
    disks: Path | None
    """Folder of two small disks, `store` and `postgres`; None where none can be mounted."""
    ports: dict[str, int]
    launcher: Launcher
    dsn: str = ""
    usual: float = 0.0
    """Seconds that the step at work takes without a fault."""

    @property
    def database(self) -> Path:
        return (self.disks or self.home) / "postgres"

    @property
    def store(self) -> Path:
        return (self.disks or self.home) / "store" / "store"

    def start_postgres(self) -> None:
        """Started again, once it let go of its port."""
        postgres.start(self.database, self.ports["postgres"])

    def postgres_processes(self) -> list[psutil.Process]:
        """The server and its children; none while it is away."""
        file = self.database / "postgres" / "data" / "postmaster.pid"
        with suppress(OSError, ValueError, psutil.Error):
            server = psutil.Process(int(file.read_text().splitlines()[0]))
            return [server, *server.children()]
        return []

    def mlflow(self) -> psutil.Process:
        """The leader that starts MLflow again when it dies."""
        return psutil.Process(processes.records(self.home)["mlflow"].pid)

    def mlflow_answers(self) -> bool:
        with suppress(httpx.HTTPError):
            return httpx.get(f"{services.mlflow_url(self.ports)}/health").is_success
        return False

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with closing(psycopg2.connect(self.dsn, connect_timeout=5)) as db, db.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())

    def begin(self, name: str) -> None:
        """Everything from now on is about an empty store and an empty database."""
        self.dsn = postgres.Server(self.database, self.ports["postgres"]).create_database(name, name)
        migrate(self.dsn)
        os.environ["RECSYS_DATABASE_URL"] = self.dsn
        shutil.rmtree(self.store, ignore_errors=True)

    def left(self) -> list[str]:
        """What an attempt that is over left at work."""
        with suppress(AssertionError):
            until(lambda: not self.ask(LEFT), "sessions of children that are gone end", seconds=10)
        held = [what for (what,) in self.ask(LEFT)]
        temporary = [f"temporary: {path.name}" for path in Path(tempfile.gettempdir()).glob("recsys-call-*")]
        return [*held, *(f"a process: {process}" for process in self.launcher.left()), *temporary]


@contextmanager
def running() -> Iterator[Place]:
    """A place with everything started; children of the product are started by its launcher."""
    ports = {"postgres": free_port(), "mlflow": free_port()}
    home = Path(tempfile.mkdtemp(prefix="recsys-chaos-"))
    home.chmod(0o755)
    with ExitStack() as ended, pytest.MonkeyPatch.context() as patched:
        ended.callback(shutil.rmtree, home, ignore_errors=True)
        patched.setattr(tempfile, "tempdir", str(home / "tmp"))
        (home / "tmp").mkdir()
        for name in [one for one in os.environ if one.startswith("RECSYS_")]:
            patched.delenv(name)
        patched.setenv("RECSYS_DATABASE_URL", "")
        disks = [ended.enter_context(small_disk(home / "disks" / name, "384m")) for name in ("store", "postgres")]
        launcher = Launcher(home)
        ended.callback(launcher.close)
        for module in (child, command_task):
            patched.setattr(module, "subprocess", launcher)
        place = Place(home, home / "disks" if all(disks) else None, ports, launcher)
        ended.callback(postgres.stop, place.database, "immediate")
        place.start_postgres()
        dsn = postgres.Server(place.database, ports["postgres"]).create_database("mlflow", "mlflow")
        processes.start(home, services.mlflow_service(home, ports, dsn))
        ended.callback(processes.stop, home, "mlflow")
        processes.await_ready(home, "mlflow", place.mlflow_answers)
        yield place


def remount(folder: Path, how: str) -> bool:
    """Whether the disk is mounted so from now on; it is busy while a file is open to be written."""
    return (
        subprocess.run(["mount", "-o", f"remount,{how}", str(folder)], check=False, capture_output=True).returncode == 0
    )
