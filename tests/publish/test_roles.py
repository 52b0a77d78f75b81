from collections.abc import Callable
from contextlib import closing, nullcontext
from typing import Any

import psycopg2
import pytest

from recsys.publish import roles
from recsys.publish.pointer import rollback
from recsys.publish.publication import publish
from recsys.settings import DatabaseSettings
from recsys.standalone.postgres import Server

LIMITS = DatabaseSettings(keep_publications=1, min_overlap=0)
Write = Any
Ask = Callable[..., list[tuple[Any, ...]]]


def member(postgres: Server, store: str, role: str) -> str:
    """Connection string of a login that may do what a role may."""
    database = store.rsplit("/", 1)[1]
    login = f"{role}_of_{database}"
    postgres.create_database("unused", login)
    with psycopg2.connect(postgres.dsn(database, "postgres")) as db, db.cursor() as cursor:
        cursor.execute(f"GRANT {database}_{role} TO {login}; ALTER ROLE {login} NOCREATEROLE")
    return postgres.dsn(database, login)


def test_a_reader_sees_recommendations_and_nothing_else(postgres: Server, store: str, write: Write) -> None:
    publish(store, write({"u1": [("a", 1.0)]}), LIMITS)
    with psycopg2.connect(member(postgres, store, "reader")) as db, db.cursor() as cursor:
        cursor.execute("SELECT user_id FROM recommendations UNION ALL SELECT audience FROM recommend('stranger', 1)")
        assert cursor.fetchall() == [("u1",), ("population",)]
        for table in ("publication", "live", "recommendation_list", "fallback_list"):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(f"SELECT * FROM recsys.{table}")
            db.rollback()
        with pytest.raises(psycopg2.Error):
            cursor.execute("DELETE FROM recommendations")


def test_an_explainer_may_also_ask_what_is_known_of_a_user_and_a_reader_may_not(
    postgres: Server, store: str, write: Write
) -> None:
    publish(store, write({"u1": [("a", 1.0)]}), LIMITS)
    for role, allowed in (("explainer", True), ("reader", False)):
        with psycopg2.connect(member(postgres, store, role)) as db, db.cursor() as cursor:
            cursor.execute("SELECT user_id FROM recommendations")
            with nullcontext() if allowed else pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute("SELECT * FROM explain('u1')")
            db.rollback()
            with nullcontext() if allowed else pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute("SELECT reasons, terms FROM explain_list('u1')")
                assert cursor.fetchall() == [(["because of a"], ["signal +1.00; rest +0.00"])]
            db.rollback()
            for table in ("trace_list", "interest", "overlay_list", "part"):
                with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                    cursor.execute(f"SELECT * FROM recsys.{table}")
                db.rollback()


def test_a_publisher_publishes_and_rolls_back_but_changes_no_table(
    postgres: Server, store: str, write: Write, ask: Ask
) -> None:
    dsn = member(postgres, store, "publisher")
    publish(store, write({"owner": [("a", 1.0)]}, "2026-01-08"), LIMITS)
    for day in ("2026-01-09", "2026-01-10"):
        assert (
            publish(
                dsn, write({day: [("a", 1.0)]}, day), DatabaseSettings(keep_publications=2, min_overlap=0)
            ).published
            == "yes"
        )
    rollback(dsn)
    assert ask("SELECT user_id FROM recommendations") == [("2026-01-09",)]
    with psycopg2.connect(dsn) as db, db.cursor() as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
        cursor.execute("DROP TABLE recsys.publication CASCADE")


def test_whoever_is_a_stranger_may_not_publish(postgres: Server, store: str, write: Write) -> None:
    dsn = member(postgres, store, "reader")
    with pytest.raises(Exception, match="may not do that"):
        publish(dsn, write({"u1": [("a", 1.0)]}), LIMITS)


def test_where_a_role_is_missing_and_cannot_be_made_the_others_get_their_rights(
    postgres: Server, store: str, caplog: pytest.LogCaptureFixture, write: Write
) -> None:
    database = store.rsplit("/", 1)[1]
    with closing(psycopg2.connect(postgres.dsn(database, "postgres"))) as powerful:
        powerful.autocommit = True
        work = powerful.cursor()
        work.execute(f"ALTER ROLE {database}_catalogue RENAME TO renamed; ALTER ROLE {database} NOCREATEROLE")
        work.execute(f"REVOKE ALL ON FUNCTION recommend_list FROM {database}_reader")
        try:
            with closing(psycopg2.connect(store)) as db, db, db.cursor() as cursor:
                assert not roles.grant(cursor)
            assert f"may not make {database}_catalogue" in caplog.text
            publish(store, write({"u1": [("a", 1.0)]}), LIMITS)
            work.execute(f"SET ROLE {database}_reader; SELECT item_ids FROM recommend_list('u1')")
            assert work.fetchall() == [(["a"],)]
        finally:
            work.execute(f"RESET ROLE; ALTER ROLE renamed RENAME TO {database}_catalogue")
            work.execute(f"ALTER ROLE {database} CREATEROLE")


def test_an_operator_looks_at_publications_and_days_and_changes_nothing(
    postgres: Server, store: str, write: Write
) -> None:
    publish(store, write({"u1": [("a", 1.0)]}), LIMITS)
    with psycopg2.connect(member(postgres, store, "operator")) as db, db.cursor() as cursor:
        for table in ("publication", "live", "pointer_move", "recommendation_list", "monitor"):
            cursor.execute(f"SELECT * FROM recsys.{table}")
        cursor.execute("SELECT * FROM explain('u1')")
        db.commit()
        for refused in (
            "SELECT * FROM recsys.trace_list",
            "DELETE FROM recsys.live",
            "DELETE FROM recsys.pointer_move",
        ):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(refused)
            db.rollback()
