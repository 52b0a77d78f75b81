"""The serving store brought to the version of this code, in one transaction.

Numbered migrations change tables, forward only; views and functions are made anew from `recsys/publish/sql` whenever
one of them has changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import psycopg2
from alembic import command
from alembic.config import Config
from psycopg2.extensions import cursor
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from recsys.publish import roles, version
from recsys.publish.connection import connect, explained

LOCK_TIMEOUT_MS = 500
"""Milliseconds that a migration waits for a reader. Others queue behind it as long as it waits; and it gives up before
Postgres, which takes a second to see that two wait for each other, could end a reader instead."""


def migrate(dsn: str, revision: str = "head") -> None:
    """Brings the serving store to a revision (default: the newest) and hands out roles; a second call changes nothing.

    Two at once take turns. Raises `TransientError` when a reader holds for too long what is to be changed.
    """
    engine = create_engine("postgresql+psycopg2://", creator=lambda: connect(dsn), poolclass=NullPool)
    try:
        with engine.begin() as opened:
            work = opened.connection.cursor()
            _take_turn(work)
            if revision == "head":
                _upgrade(opened, work)
            else:
                _change_tables(opened, revision)
    except DBAPIError as error:
        raise explained(error.orig, dsn) if isinstance(error.orig, psycopg2.Error) else error from None
    except psycopg2.Error as error:
        raise explained(error, dsn) from None


def _take_turn(work: cursor) -> None:
    work.execute("SELECT pg_advisory_xact_lock(hashtextextended('recsys.migrate', 0))")
    work.execute("SET LOCAL lock_timeout = %s", (LOCK_TIMEOUT_MS,))
    work.execute("CREATE SCHEMA IF NOT EXISTS recsys")


def _upgrade(opened: Connection, work: cursor) -> None:
    if version.found(work) != version.needed():
        obsolete, *made = version.sql_files()
        _replay(work, [obsolete])
        _change_tables(opened, "head")
        _replay(work, made)
        version.record(work)
    roles.grant(work)


def _change_tables(opened: Connection, revision: str) -> None:
    """Runs Alembic over the connection of ours, so that no password passes through a URL of its own."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = opened
    command.upgrade(config, revision)


def _replay(work: cursor, files: Iterable[Path]) -> None:
    for file in files:
        work.execute(file.read_text())
