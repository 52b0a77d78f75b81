import subprocess
import time
from contextlib import closing, suppress
from pathlib import Path

import psycopg2
import pytest

from recsys.errors import TransientError
from recsys.publish import tables
from recsys.publish.migrations import migrate
from recsys.standalone import cluster
from recsys.standalone.postgres import Server

DESCRIPTION = """
    SELECT 'column', table_schema || '.' || table_name || '.' || column_name, data_type || is_nullable
    FROM information_schema.columns WHERE table_schema = 'recsys' OR table_name = 'recommendations'
    UNION ALL SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'recsys'::regnamespace
    UNION ALL SELECT 'function', oid::regprocedure::text, pg_get_functiondef(oid)
    FROM pg_proc WHERE proname IN ('recommend', 'explain_list', 'similar_items')
    UNION ALL SELECT 'view', oid::regclass::text, pg_get_viewdef(oid) FROM pg_class WHERE relname = 'recommendations'
    ORDER BY 1, 2
"""


def described(dsn: str) -> list[tuple[str, str, str]]:
    with psycopg2.connect(dsn) as db, db.cursor() as cursor:
        cursor.execute(DESCRIPTION)
        return list(cursor.fetchall())


def test_a_fresh_store_is_the_same_as_one_brought_up_step_by_step(postgres: Server) -> None:
    fresh, stepwise = (postgres.create_database(name, name) for name in ("fresh", "stepwise"))
    migrate(fresh)
    for revision in ("0001", "0002", "0003", "head"):
        migrate(stepwise, revision)
    assert described(fresh) == described(stepwise)
    assert ("column", "recsys.publication.fingerprint", "textNO") in described(fresh)


def test_migrating_twice_changes_nothing(database: str) -> None:
    migrate(database)
    before = described(database)
    migrate(database)
    assert described(database) == before


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


def _migrate_as_told(database: str) -> None:
    """A migration waits a second for readers, and says to run it again where that was too short."""
    for _ in range(9):
        with suppress(TransientError):
            return migrate(database)
    return migrate(database)


def test_readers_go_on_while_a_live_store_is_brought_from_the_first_to_the_last(
    postgres: Server, tmp_path: Path
) -> None:
    database = postgres.create_database("lived_in", "lived_in")
    migrate(database, "0002")
    with psycopg2.connect(database) as db, db.cursor() as cursor:
        cursor.execute(
            "INSERT INTO recsys.publication (as_of, model_version, fingerprint, status, manifest)"
            " VALUES ('2026-01-10', 'model-1', 'old', 'published', '{\"users\": 1}')"
        )
        cursor.execute(
            "CREATE TABLE recsys.recommendation_list_1 PARTITION OF recsys.recommendation_list FOR VALUES IN (1)"
        )
        cursor.execute("INSERT INTO recsys.recommendation_list VALUES (1, 'u1', '{a,b}', '{1,0.5}', '{x,y}')")
        cursor.execute("INSERT INTO recsys.live (pub_id) VALUES (1)")
    (tmp_path / "read.sql").write_text(
        "SELECT rank, item_id, audience FROM recommend('u1', 5);\n"
        "SELECT 1 / (count(*) = 2)::int FROM recommendations;\n"
    )
    pgbench = str(cluster.binaries(postgres.home) / "pgbench")
    command = [pgbench, "-n", "-f", str(tmp_path / "read.sql"), "-c", "4", "-T", "60", "-P", "1", database]
    readers = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    assert readers.stderr is not None
    first = readers.stderr.readline()
    _migrate_as_told(database)
    time.sleep(0.5)
    readers.terminate()
    told = first + readers.stderr.read()
    readers.wait(30)
    assert "ERROR" not in told, told
    with psycopg2.connect(database) as db, db.cursor() as cursor:
        cursor.execute("SELECT item_id, audience, as_of::text FROM recommend('u1', 1)")
        assert cursor.fetchall() == [("a", "user", "2026-01-10")]
        cursor.execute("SELECT reasons, terms, audience FROM explain_list('u1')")
        assert cursor.fetchall() == [(["x", "y"], [], "user")], "an earlier set has no terms"


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
    database = postgres.create_database("patient", "patient")
    migrate(database, "0002")
    with closing(psycopg2.connect(database)) as reader, reader.cursor() as cursor:
        cursor.execute("SELECT * FROM recommendations")
        with pytest.raises(TransientError, match="lock timeout"):
            migrate(database)
    migrate(database)
