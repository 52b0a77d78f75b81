"""The embedded Postgres: started, stopped and found again by the folder it lives in (`home`).

It listens on 127.0.0.1 only, with scram-sha-256 passwords that are generated into `<home>/secrets`, and keeps its data
through a crash. It runs in a session of its own, so that an interrupt at the terminal does not reach it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg2
from filelock import FileLock
from psycopg2 import sql
from psycopg2.extensions import connection, encrypt_password

from recsys.errors import SettingsError, TransientError
from recsys.standalone import cluster

SUPERUSER = "postgres"
START_SECONDS = 60
LEAVE_SECONDS = 3
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "120",
    "shared_buffers": "256MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "track_functions": "pl",
}
LOCALE = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")


@dataclass(frozen=True)
class Server:
    """A running embedded Postgres."""

    home: Path
    port: int

    def dsn(self, database: str, role: str) -> str:
        """Connection string of a role, with its password: a secret."""
        password = quote(_password(self.home, role), safe="")
        return f"postgresql://{quote(role, safe='')}:{password}@127.0.0.1:{self.port}/{quote(database, safe='')}"

    def create_database(self, database: str, owner: str) -> str:
        """Connection string of a database and its owner, both made where they are not there.

        The owner may create roles, so that a product can hand out lesser ones of its own.
        """
        with closing(psycopg2.connect(self.dsn(SUPERUSER, SUPERUSER), connect_timeout=10)) as session:
            session.autocommit = True
            _create_role(session, owner, _password(self.home, owner))
            if not _exists(session, "SELECT 1 FROM pg_database WHERE datname = %s", database):
                _execute(session, "CREATE DATABASE {} OWNER {}", database, owner)
        return self.dsn(database, owner)


def start(home: Path, port: int) -> Server:
    """The server of `home`, started unless it runs already (then on the port it has).

    Heals what a killed run left behind. Raises `SettingsError` for a busy port, `TransientError` when it cannot.
    """
    home = home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    with FileLock(home / "postgres.lock"):
        running = status(home)
        if running is not None:
            return running
        _refuse_busy(port)
        data = _data(home)
        _forget_recycled(data)
        _launch(home, data, port)
        return Server(home, port)


def stop(home: Path, mode: str = "fast") -> None:
    """Stops the server of `home`, if it runs; returns when it has ended. `mode` is pg_ctl's: fast or immediate."""
    home = home.resolve()
    if status(home) is not None:
        _run(home, "pg_ctl", "stop", "-w", "-m", mode, "-D", str(cluster.folder(home) / "data"))


def status(home: Path) -> Server | None:
    """The server of `home` if it runs, else None; a pid file that a killed server left behind does not count."""
    home = home.resolve()
    data = home / "postgres" / "data"
    if _serves(data, _pid(data)):
        with suppress(OSError, IndexError):
            return Server(home, int((data / "postmaster.pid").read_text().splitlines()[3]))
    return None


def is_running(home: Path) -> bool:
    """Whether the server of `home` runs."""
    return status(home) is not None


def _data(home: Path) -> Path:
    """The data folder, initialised whole or not at all."""
    data = cluster.folder(home) / "data"
    if data.exists():
        return data
    aside = Path(tempfile.mkdtemp(prefix=".data-", dir=data.parent))
    secret = aside.with_suffix(".password")
    try:
        secret.write_text(_password(home, SUPERUSER))
        cluster.give(secret)
        cluster.give(aside)
        settings = [f"--set={name}={value}" for name, value in OPTIONS.items()]
        _run(
            home,
            "initdb",
            "-D",
            str(aside),
            "-U",
            SUPERUSER,
            f"--pwfile={secret}",
            "--auth=scram-sha-256",
            *LOCALE,
            *settings,
        )
        aside.rename(data)
    finally:
        secret.unlink(missing_ok=True)
        shutil.rmtree(aside, ignore_errors=True)
    return data


def _forget_recycled(data: Path) -> None:
    """Removes the pid file of a killed server whose pid another program has by now.

    In every other case it stays: it is how Postgres sees that children of a killed server still work on the data.
    """
    pid = _pid(data)
    if pid and psutil.pid_exists(pid) and not _serves(data, pid):
        (data / "postmaster.pid").unlink(missing_ok=True)


def _pid(data: Path) -> int:
    with suppress(OSError, ValueError, IndexError):
        return int((data / "postmaster.pid").read_text().splitlines()[0])
    return 0


def _serves(data: Path, pid: int) -> bool:
    """Whether a process is the server on this data, by its command line (root may be denied its working folder)."""
    with suppress(psutil.Error):
        return str(data.resolve()) in psutil.Process(pid).cmdline()
    return False


def _launch(home: Path, data: Path, port: int) -> None:
    """Starts the server, patient with children of a killed server that are still leaving."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return _run(home, "pg_ctl", "start", "-w", "-t", str(START_SECONDS), "-D", str(data), "-o", f"-p {port}")
        except TransientError as error:
            if time.monotonic() > deadline or "still in use" not in error.seen:
                raise
            time.sleep(0.2)


def _run(home: Path, program: str, *arguments: str) -> None:
    """Runs a server program; its words go to a file, for a pipe would stay open as long as the server runs."""
    log = _log(home)
    command = [str(cluster.binaries(home) / program), *arguments]
    with log.open("ab") as output:
        made = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            **cluster.account(),
        )
    if made.returncode:
        raise TransientError(
            f"the embedded Postgres failed: {program} {arguments[0]}",
            where=str(log),
            seen="\n".join(log.read_text(errors="replace").splitlines()[-5:]),
            expected="exit status 0",
            remedy="read that log; then start it again",
        )


def _log(home: Path) -> Path:
    return cluster.folder(home) / "server.log"


def _password(home: Path, role: str) -> str:
    """The password of a role, generated when it is first asked for; only its owner may read the file."""
    file = home / "secrets" / f"postgres_{role}"
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, aside = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(handle, "w") as stream:
            stream.write(secrets.token_urlsafe(24))
        with suppress(FileExistsError):
            os.link(aside, file)
        os.unlink(aside)
    return file.read_text()


def _refuse_busy(port: int) -> None:
    """Raises for a port that others hold, once children of a killed server have had time to let go of it."""
    deadline = time.monotonic() + LEAVE_SECONDS
    while (why := _busy(port)) and time.monotonic() < deadline:
        time.sleep(0.05)
    if why:
        remedy = "stop what listens there, or choose another port"
        raise SettingsError(
            "the port for Postgres is busy", where=f"127.0.0.1:{port}", seen=why, expected="a free port", remedy=remedy
        )


def _busy(port: int) -> str:
    """Why a port cannot be had; nothing when it can."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return error.strerror or str(error)
    return ""


def _create_role(session: connection, role: str, password: str) -> None:
    """Makes the role with the password on file; only a verifier of it travels, so no log can hold it."""
    if not _exists(session, "SELECT 1 FROM pg_roles WHERE rolname = %s", role):
        _execute(session, "CREATE ROLE {} LOGIN CREATEROLE", role)
    verifier = encrypt_password(password, role, session, "scram-sha-256")
    with session.cursor() as cursor:
        cursor.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(verifier)))


def _exists(session: connection, query: str, name: str) -> bool:
    with session.cursor() as cursor:
        cursor.execute(query, (name,))
        return cursor.fetchone() is not None


def _execute(session: connection, statement: str, *names: str) -> None:
    with session.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
