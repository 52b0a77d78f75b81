"""The serving store's tables, by numbered migrations: forward only, each in one transaction with its own record."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from psycopg2.extensions import connection
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from recsys.publish import roles
from recsys.publish.connection import connect, session

LOCK_TIMEOUT_MS = 1000
"""Milliseconds that a migration waits for those who read what it changes."""


def migrate(dsn: str, revision: str = "head") -> None:
    """Brings the serving store to a revision (default: the newest) and hands out roles; a second call changes nothing.

    Two at once take turns. Raises `TransientError` when a reader holds for too long what is to be changed.
    """
    with session(dsn) as db:
        with db, db.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtextextended('recsys.migrate', 0))")
            cursor.execute("CREATE SCHEMA IF NOT EXISTS recsys")
        _upgrade(dsn, revision)
        if revision == "head":
            roles.grant(db)


def _upgrade(dsn: str, revision: str) -> None:
    """Runs Alembic over connections of ours, so that no password passes through a URL of its own."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    engine = create_engine("postgresql+psycopg2://", creator=lambda: _impatient(dsn), poolclass=NullPool)
    try:
        with engine.connect() as opened:
            config.attributes["connection"] = opened
            command.upgrade(config, revision)
    except DBAPIError as error:
        raise error.orig or error from None


def _impatient(dsn: str) -> connection:
    """A connection that gives up a lock soon: readers who come after it queue behind it as long as it waits."""
    db = connect(dsn)
    with db, db.cursor() as cursor:
        cursor.execute("SET lock_timeout = %s", (LOCK_TIMEOUT_MS,))
    return db
