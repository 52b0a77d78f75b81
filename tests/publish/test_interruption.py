"""Publishers and servers that die in the middle: what was live stays live, and a rerun publishes."""

import dataclasses
import pickle
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from recsys.errors import TransientError
from recsys.publish import lists, publication
from recsys.publish.migrations import migrate
from recsys.publish.publication import publish
from recsys.settings import DatabaseSettings
from recsys.standalone import postgres as embedded
from recsys.standalone.postgres import Server

LIMITS = DatabaseSettings(least_overlap=0)
Write = Any
Ask = Callable[..., list[tuple[Any, ...]]]

PUBLISH_SLOWLY = """
import pickle, sys, time
from recsys.publish import lists, publication
from recsys.settings import DatabaseSettings

def slow(*arguments, original=publication.batches):
    for batch in original(*arguments):
        yield batch
        print("copying", flush=True)
        time.sleep(60)

publication.batches = slow
publication.publish(sys.argv[1], pickle.loads(bytes.fromhex(sys.argv[2])), DatabaseSettings(least_overlap=0))
"""


def test_a_publisher_killed_in_the_middle_leaves_nothing_and_a_rerun_publishes(
    store: str, write: Write, ask: Ask
) -> None:
    publish(store, write({"old": [("a", 1.0)]}, "2026-01-09"), LIMITS)
    draft = write({"new": [("b", 1.0)]})
    child = subprocess.Popen([sys.executable, "-c", PUBLISH_SLOWLY, store, pickle.dumps(draft).hex()],
                             stdout=subprocess.PIPE, text=True)  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline() == "copying\n"
    child.kill()
    child.wait()
    assert ask("SELECT user_id FROM recommendations") == [("old",)]
    assert publish(store, draft, LIMITS).published == "yes"
    assert ask("SELECT user_id FROM recommendations") == [("new",)]
    assert ask("SELECT count(*) FROM pg_class WHERE relname ~ '^recommendation_list_[0-9]+$'") == [(2,)]


@pytest.fixture
def own_server(postgres: Server) -> Iterator[Server]:
    """A server that a test may stop."""
    with tempfile.TemporaryDirectory(prefix="recsys-test-own-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        port = postgres.port + 1 if postgres.port < 65000 else postgres.port - 1
        try:
            yield embedded.start(home, port)
        finally:
            embedded.stop(home, "immediate")


def test_a_server_stopped_in_the_middle_leaves_what_is_live_and_a_rerun_publishes(
    own_server: Server, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn = own_server.create_database("recsys", "recsys")
    migrate(dsn)
    publish(dsn, write({"old": [("a", 1.0)]}, "2026-01-09"), LIMITS)
    draft, original = write({"new": [("b", 1.0)], "newer": [("b", 1.0)]}), lists.batches

    def stop_after_first(*arguments: Any) -> Iterator[Any]:
        yield from original(*arguments)
        embedded.stop(own_server.home, "immediate")

    with monkeypatch.context() as patched:
        patched.setattr(publication, "batches", stop_after_first)
        with pytest.raises(TransientError, match="run it again") as raised:
            publish(dsn, draft, LIMITS)
    assert dsn not in str(raised.value)
    embedded.start(own_server.home, own_server.port)
    with psycopg2.connect(dsn) as db, db.cursor() as cursor:
        cursor.execute("SELECT user_id FROM recommendations")
        assert cursor.fetchall() == [("old",)]
    assert publish(dsn, draft, LIMITS).published == "yes"


def test_a_reader_never_sees_a_part_of_a_set_nor_none(store: str, write: Write) -> None:
    sets = [write({f"u{user}": [(item, 1.0)] for user in range(50)}) for item in "abc"]
    publish(store, sets[0], LIMITS)
    seen: set[tuple[int, int | str]] = set()
    stopped = threading.Event()

    def read() -> None:
        with closing(psycopg2.connect(store)) as db, db.cursor() as cursor:
            db.autocommit = True
            while not stopped.is_set():
                cursor.execute("SELECT count(*), count(DISTINCT item_id) FROM recommendations")
                seen.add(cursor.fetchone())
                cursor.execute("SELECT count(*), min(audience) FROM recommend('u1', 5)")
                seen.add(cursor.fetchone())

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(1, 40):
        draft = dataclasses.replace(sets[number % 3], fingerprint=str(number))
        publish(store, draft, DatabaseSettings(keep_publications=1))
    stopped.set()
    reader.join()
    assert seen == {(50, 1), (1, "user")}
