"""What happens to old publications: the newest are kept for rollback, the rest go without any reader waiting."""

from __future__ import annotations

import logging

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection, cursor

from recsys.publish import pointer

log = logging.getLogger(__name__)

PREFIX = "recommendation_list_"
FORGET = """
    DELETE FROM recsys.publication WHERE pub_id NOT IN (
        SELECT pub_id FROM recsys.live
        UNION ALL (SELECT pub_id FROM recsys.publication ORDER BY as_of DESC, pub_id DESC LIMIT %s))
"""
# Tables without a publication: those of publications just forgotten, and what a cleaning that was cut off left.
ORPHANS = """
    SELECT right(relname, -length(%(prefix)s))::bigint, relispartition, coalesce(inhdetachpending, false)
    FROM pg_class LEFT JOIN pg_inherits ON inhrelid = pg_class.oid
    WHERE relnamespace = 'recsys'::regnamespace AND relkind = 'r' AND relname ~ ('^' || %(prefix)s || '[0-9]+$')
      AND NOT EXISTS (SELECT FROM recsys.publication WHERE relname = %(prefix)s || pub_id)
    ORDER BY 3 DESC, 1
"""


def partition(pub_id: int) -> sql.Identifier:
    """Name of the table that holds a publication's lists."""
    return sql.Identifier("recsys", f"{PREFIX}{pub_id}")


def apply(db: connection, keep: int) -> None:
    """Keeps the newest publications and the live one, and drops the rest.

    This comes before a publication, never after: what was replaced a moment ago may still be read. It never fails one:
    what a long-running reader still holds is dropped next time.
    """
    try:
        with db, db.cursor() as work:
            pointer.take_turn(work)
            work.execute(FORGET, (keep,))
        _drop_orphans(db)
    except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
        log.warning("publish: old publications are dropped next time (%s)", str(error).strip())


def _drop_orphans(db: connection) -> None:
    """Detaches without locking readers out, which Postgres allows only outside a transaction, then drops."""
    db.autocommit = True
    with db.cursor() as work:
        work.execute("SELECT pg_try_advisory_lock(hashtextextended('recsys.retention', 0))")
        if not work.fetchone()[0]:
            return
        work.execute(ORPHANS, {"prefix": PREFIX})
        for pub_id, attached, pending in work.fetchall():
            if attached:
                _detach(work, pub_id, "FINALIZE" if pending else "CONCURRENTLY")
            work.execute(sql.SQL("DROP TABLE {}").format(partition(pub_id)))
        work.execute("SELECT pg_advisory_unlock(hashtextextended('recsys.retention', 0))")


def _detach(work: cursor, pub_id: int, how: str) -> None:
    statement = "ALTER TABLE recsys.recommendation_list DETACH PARTITION {} " + how
    work.execute(sql.SQL(statement).format(partition(pub_id)))
