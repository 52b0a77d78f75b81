"""Publishers and servers that die in the middle: what was live stays live and whole, and a rerun publishes."""

import dataclasses
import pickle
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg2
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys.errors import TransientError
from recsys.publish import connection, loading
from recsys.publish.kept import publications
from recsys.publish.migrations import migrate
from recsys.publish.pointer import rollback
from recsys.publish.publication import publish
from recsys.settings import DatabaseSettings
from recsys.standalone import cluster
from recsys.standalone import postgres as embedded
from recsys.standalone.postgres import Server
from tests.conftest import free_port
from tests.publish import dying

LIMITS = DatabaseSettings(min_overlap=0)
TABLES = "SELECT count(*) FROM pg_class WHERE relname ~ '^recommendation_list_[0-9]+$'"
Write = Any
Ask = Callable[..., list[tuple[Any, ...]]]


@contextmanager
def acting(monkeypatch: pytest.MonkeyPatch, point: int, act: Callable[[], None]) -> Iterator[None]:
    """Acts before the publisher's statement of that number."""
    with monkeypatch.context() as patched:
        patched.setattr(connection, "connect", dying.connecting(dying.counted(point, act)))
        yield


def statements(store: str, draft: Any, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many statements a publication of the draft takes."""
    count = 0

    def one_more(cursor: Any, original: Any) -> Any:
        def method(*arguments: Any) -> None:
            nonlocal count
            count += 1
            original(cursor, *arguments)

        return method

    class Counting(psycopg2.extensions.cursor):  # type: ignore[misc]
        def __getattribute__(self, name: str) -> Any:
            if name in ("execute", "copy_expert"):
                return one_more(self, getattr(psycopg2.extensions.cursor, name))
            return super().__getattribute__(name)

    with monkeypatch.context() as patched:
        patched.setattr(connection, "connect", dying.connecting(Counting))
        publish(store, draft, LIMITS)
    return count


def test_a_publisher_killed_at_any_of_ten_points_leaves_what_is_live_and_a_rerun_publishes(
    store: str, write: Write, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = statements(store, write({"old": [("a", 1.0)], "old too": [("b", 1.0)]}, "2026-01-01"), monkeypatch)
    points = [*(str(1 + place * (count - 1) // 9) for place in range(9)), "copy"]
    for day, point in enumerate(points, 2):
        draft = write({f"day {day}": [("b", 1.0)], "also": [("a", 1.0)]}, f"2026-01-{day:02}")
        before = ask("SELECT * FROM recommendations ORDER BY 1, 2")
        command = [sys.executable, dying.__file__, store, pickle.dumps(draft).hex()]
        told = subprocess.run(command, input=f"{point}\n", capture_output=True, text=True, check=True)
        assert told.stdout == "-9\n", point
        assert ask("SELECT * FROM recommendations ORDER BY 1, 2") == before
        assert publish(store, draft, LIMITS).published == "yes"
        assert ask("SELECT DISTINCT user_id FROM recommendations ORDER BY 1") == [("also",), (f"day {day}",)]
    kept = ask("SELECT count(*) FROM recsys.publication")
    assert [one.status for one in publications(store)].count("loading") == 0
    assert ask(TABLES) == kept


@pytest.fixture(scope="module")
def own_server() -> Iterator[Server]:
    """A server that tests may stop; it runs when one begins."""
    with tempfile.TemporaryDirectory(prefix="recsys-test-own-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        try:
            yield embedded.start(home, free_port())
        finally:
            embedded.stop(home, "immediate")


def kill(server: Server) -> None:
    """Kills the server and its children as a machine that is out of memory would."""
    pid = int((cluster.folder(server.home) / "data" / "postmaster.pid").read_text().splitlines()[0])
    family = [psutil.Process(pid), *psutil.Process(pid).children()]
    for process in family:
        process.kill()
    psutil.wait_procs(family, 10)


def test_a_server_killed_at_any_of_three_points_leaves_what_is_live_and_a_rerun_publishes(
    own_server: Server, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn = own_server.create_database("killed", "killed")
    migrate(dsn)
    count = statements(dsn, write({"0": [("a", 1.0)], "also": [("a", 1.0)]}, "2026-01-09"), monkeypatch)
    for number, point in enumerate((count // 3, 2 * count // 3, count), 1):
        draft = write({str(number): [("b", 1.0)], "also": [("a", 1.0)]}, f"2026-02-{number:02}")
        with acting(monkeypatch, point, lambda: kill(own_server)), pytest.raises(TransientError) as raised:
            publish(dsn, draft, LIMITS)
        assert dsn not in str(raised.value)
        embedded.start(own_server.home, own_server.port)
        with closing(psycopg2.connect(dsn)) as db, db.cursor() as cursor:
            cursor.execute("SELECT DISTINCT user_id FROM recommendations ORDER BY 1")
            assert cursor.fetchall() == [(str(number - 1),), ("also",)]
        assert publish(dsn, draft, LIMITS).published == "yes"
    with closing(psycopg2.connect(dsn)) as db, db.cursor() as cursor:
        cursor.execute(TABLES)
        assert cursor.fetchall() == [(4,)]


def test_a_connection_that_is_cut_anywhere_leaves_what_is_live_and_a_rerun_publishes(
    store: str, write: Write, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut() -> None:
        ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    count = statements(store, write({"0": [("a", 1.0)], "also": [("a", 1.0)]}, "2026-01-01"), monkeypatch)
    for number, point in enumerate(range(4, count + 1, 4), 1):
        draft = write({str(number): [("b", 1.0)], "also": [("a", 1.0)]}, f"2026-02-{number:02}")
        with acting(monkeypatch, point, cut), pytest.raises(TransientError, match="broke off"):
            publish(store, draft, LIMITS)
        assert ask("SELECT DISTINCT user_id FROM recommendations ORDER BY 1") == [(str(number - 1),), ("also",)]
        assert publish(store, draft, LIMITS).published == "yes"
    assert ask(TABLES) == ask("SELECT count(*) FROM recsys.publication")


def test_a_full_disk_leaves_what_is_live_and_with_room_a_rerun_publishes(own_server: Server, write: Write) -> None:
    dsn = own_server.create_database("recsys", "recsys")
    migrate(dsn)
    with small_disk(own_server, "recsys", "1m") as grow:
        publish(dsn, write({"old": [("a", 1.0)]}, "2026-01-09"), LIMITS)
        many = write({f"user {number}": [("b", 1.0)] for number in range(3)})
        many = spread(many, 20_000)
        with pytest.raises(TransientError, match="No space left on device"):
            publish(dsn, many, LIMITS)
        with closing(psycopg2.connect(dsn)) as db, db.cursor() as cursor:
            cursor.execute("SELECT user_id FROM recommendations")
            assert cursor.fetchall() == [("old",)]
        grow("64m")
        assert publish(dsn, many, LIMITS).published == "yes"
        with closing(psycopg2.connect(dsn)) as db, db.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM recommendations")
            assert cursor.fetchall() == [(20_000,)]
            cursor.execute(TABLES)
            assert cursor.fetchall() == [(2,)]


def spread(draft: Any, users: int) -> Any:
    """The draft with one file of many users."""
    file = draft.lists[0].with_name("many.parquet")
    pq.write_table(
        pa.table(
            {
                "user_id": [f"user {number:06}" for number in range(users)],
                "item_ids": [["a"]] * users,
                "scores": pa.array([[1.0]] * users, pa.list_(pa.float32())),
                "reasons": [["because"]] * users,
                "terms": [["rest +1.00"]] * users,
            }
        ),
        file,
    )
    return dataclasses.replace(draft, lists=(file,))


@contextmanager
def small_disk(server: Server, database: str, size: str) -> Iterator[Callable[[str], None]]:
    """Tables of a database made from now on lie on a disk of that size, which can grow; skips where none can be had."""
    with tempfile.TemporaryDirectory(prefix="recsys-test-disk-") as folder:
        Path(folder).chmod(0o755)
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", folder], check=False, capture_output=True
        )
        if mounted.returncode:
            pytest.skip("a small disk needs the right to mount one")
        try:
            place = Path(folder, "tables")
            place.mkdir(mode=0o700)
            cluster.give(place)
            with closing(psycopg2.connect(server.dsn(database, "postgres"))) as db, db.cursor() as cursor:
                db.autocommit = True
                cursor.execute(f"CREATE TABLESPACE small LOCATION '{place}'")
                cursor.execute("GRANT CREATE ON TABLESPACE small TO PUBLIC")
                cursor.execute(f"ALTER DATABASE {database} SET default_tablespace = small")

            def grow(larger: str) -> None:
                subprocess.run(["mount", "-o", f"remount,size={larger}", folder], check=True)

            yield grow
        finally:
            embedded.stop(server.home, "immediate")
            subprocess.run(["umount", folder], check=True)


def test_twenty_retries_of_one_task_store_and_show_the_lists_once(store: str, write: Write, ask: Ask) -> None:
    draft = write({"u1": [("a", 1.0)], "u2": [("b", 1.0)]})
    for _ in range(20):
        loading.load_shard(store, draft, 0, LIMITS)
    assert [publish(store, draft, LIMITS).published for _ in range(20)] == ["yes", *["already live"] * 19]
    assert ask("SELECT user_id FROM recommendations ORDER BY 1") == [("u1",), ("u2",)]
    assert ask(TABLES) == ask("SELECT count(*) FROM recsys.publication") == [(1,)]


def test_twenty_publishers_of_one_draft_at_once_store_and_show_it_once(store: str, write: Write, ask: Ask) -> None:
    draft, outcomes = write({"u1": [("a", 1.0)], "u2": [("b", 1.0)]}), []
    threads = [
        threading.Thread(target=lambda: outcomes.append(publish(store, draft, LIMITS).published)) for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == [*["already live"] * 19, "yes"]
    assert ask(TABLES) == ask("SELECT count(*) FROM recsys.publication") == [(1,)]


def test_a_clock_that_jumps_back_changes_nothing(store: str, write: Write, ask: Ask) -> None:
    first = publish(store, write({"first": [("a", 1.0)]}, "2026-01-09"), LIMITS).pub_id
    with psycopg2.connect(store) as db, db.cursor() as cursor:
        cursor.execute(
            "UPDATE recsys.publication SET created_at = created_at + interval '1 year',"
            " published_at = published_at + interval '1 year'"
        )
    second = publish(store, write({"second": [("a", 1.0)]}), LIMITS)
    assert (second.published, ask("SELECT user_id FROM recommendations")) == ("yes", [("second",)])
    assert rollback(store) == first
    assert ask("SELECT user_id FROM recommendations") == [("first",)]


def test_a_publication_that_nobody_went_on_with_goes_after_a_day(store: str, write: Write, ask: Ask) -> None:
    loading.load_shard(store, write({"given up": [("a", 1.0)]}), 0, LIMITS)
    publish(store, write({"u": [("a", 1.0)]}, "2026-01-11"), LIMITS)
    assert ask(TABLES) == [(2,)]
    with psycopg2.connect(store) as db, db.cursor() as cursor:
        cursor.execute("UPDATE recsys.publication SET created_at = now() - interval '25 hours'")
    publish(store, write({"u": [("b", 1.0)]}, "2026-01-12"), LIMITS)
    assert ask(TABLES) == ask("SELECT count(*) FROM recsys.publication WHERE status = 'published'") == [(2,)]
