import psycopg2
import pytest

from recsys.publish.migrations import migrate
from recsys.standalone.postgres import Server

DESCRIPTION = """
    SELECT 'column', table_schema || '.' || table_name || '.' || column_name, data_type || is_nullable
    FROM information_schema.columns WHERE table_schema = 'recsys' OR table_name = 'recommendations'
    UNION ALL SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'recsys'::regnamespace
    UNION ALL SELECT 'function', oid::regprocedure::text, pg_get_functiondef(oid)
    FROM pg_proc WHERE proname = 'recommend'
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
