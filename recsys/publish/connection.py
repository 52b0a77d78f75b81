"""Connections to the serving store: where its address comes from, and errors that never show a password."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection, parse_dsn

from recsys.errors import DataError, GateError, RecsysError, SettingsError, TransientError
from recsys.publish import version
from recsys.settings import DatabaseSettings

ATTEMPT_PAUSES = (0.2, 1.0)  # seconds between attempts to connect
# Words of libpq for a door that stays shut however often one knocks; it gives no code for them.
SHUT = (
    "authentication failed",
    "does not exist",
    "no pg_hba.conf entry",
    "could not translate host name",
    "no password supplied",
    "not permitted to log in",
    "does not support SSL",
    "certificate",
)


def database_url() -> str:
    """Connection string of the serving store in use: a secret.

    It is RECSYS_DATABASE_URL, or the content of the file RECSYS_DATABASE_URL_FILE, or of `secrets/database_url` in
    RECSYS_HOME (default `var`), where the servers of one machine keep theirs. Raises `SettingsError` without any.
    """
    if url := os.environ.get("RECSYS_DATABASE_URL"):
        return url
    file = _file()
    if not file.is_file():
        raise SettingsError(
            "no serving database is named",
            where="RECSYS_DATABASE_URL",
            seen=f"unset, and no file {file}",
            expected="postgresql://role:password@host:port/database",
            remedy="set it or RECSYS_DATABASE_URL_FILE, or start the servers of this machine with `make up`",
        )
    return file.read_text().strip()


def is_named() -> bool:
    """Whether a serving store is named at all, be it there or not."""
    return any(map(os.environ.get, ("RECSYS_DATABASE_URL", "RECSYS_DATABASE_URL_FILE"))) or _file().is_file()


def _file() -> Path:
    named = os.environ.get("RECSYS_DATABASE_URL_FILE")
    return Path(named) if named else Path(os.environ.get("RECSYS_HOME", "var"), "secrets", "database_url")


@contextmanager
def session(dsn: str, limits: DatabaseSettings | None = None) -> Iterator[connection]:
    """A connection with the settings' timeouts, whose failures are errors a person can act on.

    Raises `SettingsError` where the store is at another version than this code.
    """
    limits = limits or DatabaseSettings()
    with closing(connect(dsn)) as db:
        try:
            with db, db.cursor() as cursor:
                cursor.execute("SET statement_timeout = %s", (limits.statement_timeout_ms,))
                cursor.execute("SET lock_timeout = %s", (limits.lock_timeout_ms,))
                _refuse_other_version(version.found(cursor), dsn)
            yield db
        except psycopg2.Error as error:
            raise explained(error, dsn) from None


def _refuse_other_version(found: str | None, dsn: str) -> None:
    if found != version.needed():
        raise SettingsError(
            "the serving store is at another version than this code",
            where=place(dsn),
            seen=found or "no version",
            expected=version.needed(),
            remedy="run `recsys migrate`",
        )


def explained(error: psycopg2.Error, dsn: str) -> RecsysError:
    """The error as an error of this product: what may pass is transient, what the rows caused is not."""
    seen, where = hidden(str(error).strip(), dsn), place(dsn)
    if isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError):
        return TransientError(
            "the serving database broke off", where=where, seen=seen, remedy="run it again: nothing half-done was kept"
        )
    if isinstance(error, psycopg2.errors.UndefinedTable | psycopg2.errors.InvalidSchemaName):
        return SettingsError(
            "the serving database lacks its tables", where=where, seen=seen, remedy="run `recsys migrate`"
        )
    if isinstance(error, psycopg2.errors.InsufficientPrivilege):
        return SettingsError(
            "the role of the connection may not do that",
            where=where,
            seen=seen,
            remedy="connect as the owner, or as a member of the publisher role",
        )
    if isinstance(error, psycopg2.IntegrityError | psycopg2.DataError):
        return GateError(
            "the serving database refused the rows",
            where=where,
            seen=seen,
            remedy="what was live is still live; correct the rows, then publish again",
        )
    return DataError("the serving database refused", where=where, seen=seen)


def place(dsn: str) -> str:
    """Host, port, database and role of a connection string, without its password.

    >>> place("postgresql://ann:secret@db:5432/shop")
    'db:5432/shop as ann'
    """
    parts = _parts(dsn)
    named = f"{parts.get('host', 'local')}:{parts.get('port', 5432)}/{parts.get('dbname', '')}"
    return f"{named} as {parts.get('user', 'the current user')}"


def hidden(text: str, dsn: str) -> str:
    """The text without the connection string or its password."""
    for secret in (dsn, _parts(dsn).get("password")):
        text = text.replace(str(secret), "***") if secret else text
    return text


def _parts(dsn: str) -> dict[str, str]:
    try:
        return dict(parse_dsn(dsn))
    except psycopg2.ProgrammingError:  # its message quotes the string
        raise SettingsError(
            "the connection string cannot be read",
            where="RECSYS_DATABASE_URL",
            seen="(hidden)",
            expected="postgresql://role:password@host:port/database",
        ) from None


def connect(dsn: str) -> connection:
    """A new connection, after a few attempts when the database is away; `session` is the usual way in."""
    where = place(dsn)
    for pause in (*ATTEMPT_PAUSES, None):
        try:
            return psycopg2.connect(
                dsn,
                connect_timeout=10,
                application_name="recsys",
                keepalives_idle=30,
                keepalives_interval=10,
                keepalives_count=3,
            )
        except psycopg2.OperationalError as error:
            seen = hidden(str(error).strip(), dsn)
            if any(words in seen for words in SHUT):
                raise SettingsError(
                    "the serving database lets nobody in",
                    where=where,
                    seen=seen,
                    remedy="correct the connection string, or start that server",
                ) from None
            if pause is None:
                raise TransientError(
                    "the serving database cannot be reached",
                    where=where,
                    seen=seen,
                    remedy="start it (`make up`), then run this again",
                ) from None
            time.sleep(pause)
    raise AssertionError("unreachable")
