"""Which version of the serving store this code needs: its newest table migration, and a digest of its SQL files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from psycopg2 import sql
from psycopg2.extensions import cursor

SQL = Path(__file__).with_name("sql")
TABLES = Path(__file__).with_name("migrations") / "versions"


def sql_files() -> Sequence[Path]:
    """Views and functions of the store, in the order in which they are made; the first drops what is obsolete."""
    return sorted(SQL.glob("*.sql"))


def needed() -> str:
    """The version that this code works with, as `<migration> <digest>`."""
    digest = hashlib.sha256(b"\0".join(file.read_bytes() for file in sql_files())).hexdigest()
    return f"{max(file.name[:4] for file in TABLES.glob('[0-9]*.py'))} {digest[:12]}"


def found(work: cursor) -> str | None:
    """The version of the store, a comment on its schema; null before it had any.

    Raises psycopg2's `InvalidSchemaName` where there is no store.
    """
    work.execute("SELECT obj_description('recsys'::regnamespace, 'pg_namespace')")
    (version,) = work.fetchone()
    return None if version is None else str(version)


def record(work: cursor) -> None:
    """Notes that the store is at the version of this code."""
    work.execute(sql.SQL("COMMENT ON SCHEMA recsys IS {}").format(sql.Literal(needed())))
