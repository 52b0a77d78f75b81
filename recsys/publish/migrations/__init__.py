"""The serving store's tables, by numbered migrations: forward only, each in one transaction with its own record."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from recsys.publish import roles
from recsys.publish.connection import connect, session


def migrate(dsn: str, revision: str = "head") -> None:
    """Brings the serving store to a revision (default: the newest) and hands out roles; a second call changes nothing.

    Two at once take turns.
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
    engine = create_engine("postgresql+psycopg2://", creator=lambda: connect(dsn), poolclass=NullPool)
    try:
        with engine.connect() as opened:
            config.attributes["connection"] = opened
            command.upgrade(config, revision)
    except DBAPIError as error:
        raise error.orig or error from None
