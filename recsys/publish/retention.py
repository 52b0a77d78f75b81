"""What happens to old publications: the newest are kept for rollback, the rest go without any reader waiting."""

from __future__ import annotations

import logging

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection, cursor

from recsys.publish import pointer, tables

log = logging.getLogger(__name__)

REFUSED_KEPT = 3
"""Refused publications that are kept for inspection."""
ABANDONED = "1 day"
"""Age from which a publication that is still loading is abandoned."""
COUNTED = sql.SQL("status IN ('published', 'withdrawn') AND (published_at IS NOT NULL OR NOT manifest ? 'arm')")
"""Publications of which the newest are kept: an arm's own are kept while the arm shows them."""
FORGET = sql.SQL("""
    DELETE FROM recsys.publication WHERE pub_id NOT IN (
        SELECT pub_id FROM recsys.live
        UNION ALL SELECT pub_id FROM recsys.arm
        UNION ALL (SELECT DISTINCT ON (arm) pub_id FROM recsys.experiment_decision
                   WHERE experiment = (SELECT name FROM recsys.experiment WHERE status = 'running')
                     AND pub_id IS NOT NULL ORDER BY arm, decided_at DESC)
        UNION ALL (SELECT pub_id FROM recsys.publication WHERE {counted}
                   ORDER BY as_of DESC, pub_id DESC LIMIT %s)
        UNION ALL (SELECT pub_id FROM recsys.publication WHERE status = 'refused' ORDER BY pub_id DESC LIMIT %s)
        UNION ALL (SELECT pub_id FROM recsys.publication
                   WHERE status = 'loading' AND created_at > now() - %s::interval))
""").format(counted=COUNTED)
# Tables without a publication: those of publications just forgotten, and what a cleaning that was cut off left.
ORPHANS = """
    SELECT parent, right(relname, -length(parent) - 1)::bigint AS number, relispartition,
           coalesce(inhdetachpending, false)
    FROM unnest(%s) AS parent
    JOIN pg_class ON relname ~ ('^' || parent || '_[0-9]+$') LEFT JOIN pg_inherits ON inhrelid = pg_class.oid
    WHERE relnamespace = 'recsys'::regnamespace AND relkind = 'r'
      AND NOT EXISTS (SELECT FROM recsys.publication WHERE relname = parent || '_' || pub_id)
    ORDER BY 4 DESC, 2, 1
"""


def apply(db: connection, keep: int) -> None:
    """Keeps the newest publications, the live publication and those of arms, and drops the rest.

    This comes before a publication, never after: what was just replaced may still be read. It never fails a
    publication: what a long-running reader still holds is dropped next time.
    """
    try:
        with db, db.cursor() as work:
            pointer.take_turn(work)
            work.execute(FORGET, (keep, REFUSED_KEPT, ABANDONED))
        _drop_orphans(db)
    except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
        log.warning("publish: old publications are dropped next time (%s)", str(error).strip())
    finally:
        if not db.closed:
            db.autocommit = False


def _drop_orphans(db: connection) -> None:
    """Detaches without locking readers out, which Postgres allows only outside a transaction, then drops."""
    db.autocommit = True
    with db.cursor() as work:
        work.execute("SELECT pg_try_advisory_lock(hashtextextended('recsys.retention', 0))")
        if not work.fetchone()[0]:
            return
        try:
            work.execute(ORPHANS, (list(tables.PARTITIONED),))
            for parent, pub_id, attached, pending in work.fetchall():
                if attached:
                    _detach(work, parent, pub_id, "FINALIZE" if pending else "CONCURRENTLY")
                work.execute(sql.SQL("DROP TABLE {}").format(tables.of(parent, pub_id)))
        finally:
            if not db.closed:
                work.execute("SELECT pg_advisory_unlock(hashtextextended('recsys.retention', 0))")


def _detach(work: cursor, parent: str, pub_id: int, how: str) -> None:
    names = {"parent": sql.Identifier(tables.SCHEMA, parent), "part": tables.of(parent, pub_id)}
    work.execute(sql.SQL("ALTER TABLE {parent} DETACH PARTITION {part} " + how).format(**names))
