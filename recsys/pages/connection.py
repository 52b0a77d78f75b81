"""The pages' connection to the serving store: it may only read, and not wait for long."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg2.extensions import connection

from recsys.errors import SettingsError
from recsys.publish import roles
from recsys.publish.connection import database_url, session
from recsys.settings import DatabaseSettings

URL, FILE = "RECSYS_PAGES_DATABASE_URL", "RECSYS_PAGES_DATABASE_URL_FILE"
LIMITS = DatabaseSettings(statement_timeout_ms=10_000, lock_timeout_ms=1_000)


def url() -> str:
    """Connection string of the pages: their own where it is given, else that of the product; a secret."""
    if own := os.environ.get(URL):
        return own
    file = os.environ.get(FILE)
    if not file:
        return database_url()
    if not Path(file).is_file():
        raise SettingsError(
            "the pages' database is not named",
            where=FILE,
            seen=f"no file {file}",
            expected="a file with postgresql://role:password@host:port/database",
        )
    return Path(file).read_text().strip()


@contextmanager
def reading() -> Iterator[connection]:
    """A session that can change nothing."""
    with session(url(), LIMITS) as db:
        roles.act_as_operator(db)
        db.set_session(readonly=True)
        yield db
