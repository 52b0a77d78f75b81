import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from recsys.errors import GateError, SettingsError, TransientError
from recsys.publish import tables, version
from recsys.publish.migrations import migrate
from recsys.publish.pointer import rollback
from recsys.standalone import cluster
from recsys.standalone.postgres import Server
from tests.publish.described import described
from tests.publish.release import load

Ask = Callable[..., list[tuple[Any, ...]]]


def test_a_fresh_store_is_the_same_as_one_brought_up_step_by_step(postgres: Server) -> None:
    fresh, stepwise = (postgres.create_database(name, name) for name in ("fresh", "stepwise"))
    migrate(fresh)
    for revision in ("0001", "0002", "0003", "head"):
        migrate(stepwise, revision)
    assert described(fresh) == described(stepwise)
    assert ("column", "recsys.publication.fingerprint", "4 text not null ") in described(fresh)


def test_migrating_twice_changes_nothing(database: str) -> None:
    migrate(database)
    before = described(database)
    migrate(database)
    assert described(database) == before


def test_two_at_once_take_turns(postgres: Server, database: str) -> None:
    with ThreadPoolExecutor(2) as both:
        list(both.map(migrate, [database] * 2))
    alone = postgres.create_database("alone", "alone")
    migrate(alone)
    assert described(database) == described(alone)


def test_a_role_that_may_not_make_roles_still_gets_its_tables(
    postgres: Server, database: str, caplog: pytest.LogCaptureFixture
) -> None:
    name = database.rsplit("/", 1)[1]
    with psycopg2.connect(postgres.dsn(name, "postgres")) as db, db.cursor() as cursor:
        cursor.execute(f"ALTER ROLE {name} NOCREATEROLE")
    with caplog.at_level("INFO"):
        migrate(database)
    assert "no publisher and reader roles" in caplog.text
    assert described(database)


def test_readers_go_on_while_a_live_store_is_brought_up_and_its_functions_change(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = load(postgres, "0.1.0", "lived_in")
    (tmp_path / "read.sql").write_text(
        "SELECT 1 / (count(*) = 1)::int FROM recommend('u3', 5);\n"
        "SELECT 1 / (count(*) = 2)::int FROM recommend('u4', 5);\n"
        "SELECT 1 / (count(*) = 5)::int FROM recommendations;\n"
    )
    pgbench = str(cluster.binaries(postgres.home) / "pgbench")
    command = [pgbench, "-n", "-f", str(tmp_path / "read.sql"), "-c", "4", "-T", "60", "-P", "1", database]
    readers = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    assert readers.stderr is not None
    first = readers.stderr.readline()
    migrate(database)
    for number in range(10):
        change(monkeypatch, tmp_path / str(number), f"-- version {number}\n")
        migrate(database)
    readers.terminate()
    told = first + readers.stderr.read()
    readers.wait(30)
    assert "ERROR" not in told, told


def test_a_set_that_is_loading_while_terms_come_to_be_stored_goes_live(postgres: Server) -> None:
    database = postgres.create_database("loading", "loading")
    migrate(database, "0008")
    with psycopg2.connect(database) as db, db.cursor() as cursor:
        cursor.execute(
            "INSERT INTO recsys.publication (as_of, model_version, fingerprint, status, manifest)"
            " VALUES ('2026-01-10', 'model-1', 'new', 'loading', '{}')"
        )
        tables.create(cursor, (tables.LISTS, tables.TRACES), 1)
    migrate(database)
    with psycopg2.connect(database) as db, db.cursor() as cursor:
        cursor.execute(
            "INSERT INTO recsys.recommendation_list_1 (pub_id, user_id, item_ids, scores, reasons)"
            " VALUES (1, 'u1', '{a}', '{1}', '{x}')"
        )
        tables.attach(cursor, (tables.LISTS, tables.TRACES), 1)
        cursor.execute("SELECT user_id, terms FROM recsys.recommendation_list")
        assert cursor.fetchall() == [("u1", [])]


def test_a_migration_does_not_make_readers_queue_behind_a_long_one(postgres: Server) -> None:
    database = load(postgres, "0.1.0", "patient")
    with closing(psycopg2.connect(database)) as reader, reader.cursor() as cursor:
        cursor.execute("SELECT * FROM recommendations")
        with pytest.raises(TransientError, match="lock timeout"):
            migrate(database)
    migrate(database)


def test_a_long_reader_does_not_hold_up_a_migration_that_changes_nothing(store: str) -> None:
    before = described(store)
    with closing(psycopg2.connect(store)) as reader, reader.cursor() as cursor:
        cursor.execute("SELECT * FROM recommendations")
        migrate(store)
    assert described(store) == before


def change(monkeypatch: pytest.MonkeyPatch, folder: Path, end: str) -> None:
    """Lets the code have other SQL files, the last of which ends otherwise."""
    shutil.copytree(version.SQL, folder)
    last = max(folder.iterdir())
    last.write_text(last.read_text() + end)
    monkeypatch.setattr(version, "SQL", folder)


def test_a_changed_file_is_replayed_and_until_then_the_store_is_refused(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ask: Ask
) -> None:
    before = described(store)
    change(
        monkeypatch,
        tmp_path / "changed",
        "CREATE OR REPLACE FUNCTION public.recommendations_contract() RETURNS int LANGUAGE sql IMMUTABLE"
        " BEGIN ATOMIC SELECT 4; END;",
    )
    with pytest.raises(SettingsError, match=r"seen: \d{4} \w{12}\n  expected: \d{4} \w{12}\n  to do: run `recsys mig"):
        rollback(store)
    migrate(store)
    with pytest.raises(SettingsError, match="none before the live one"):
        rollback(store)
    assert ask("SELECT recommendations_contract()") == [(4,)]
    assert {(kind, name) for kind, name, _ in described(store) ^ before} == {
        ("function", "recommendations_contract()"),
        ("comment", "schema recsys pg_namespace"),
    }


def test_what_fails_leaves_the_store_as_it_was(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ask: Ask
) -> None:
    before = described(store)
    change(monkeypatch, tmp_path / "broken", "DROP VIEW public.recommendations; SELECT 1 / 0;")
    with pytest.raises(GateError, match="division by zero"):
        migrate(store)
    assert described(store) == before
