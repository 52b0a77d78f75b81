"""The single row that holds which publication is live: read, moved, and moved back."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date
from getpass import getuser
from typing import Any, Literal

from psycopg2.extensions import connection, cursor

from recsys.errors import SettingsError
from recsys.publish import roles
from recsys.publish.connection import session

Why = Literal["published", "live again", "rolled back", "promoted"]
CHANNEL = "recsys_publication"
"""Channel that receives the number of a publication as soon as it is published."""


@dataclass(frozen=True)
class Live:
    """The publication that readers see."""

    pub_id: int
    as_of: date
    users: int


def take_turn(work: cursor) -> None:
    """Waits until no other transaction publishes or rolls back, as long as a statement may take."""
    patiently(work, "SELECT pg_advisory_xact_lock(hashtextextended('recsys.publish', 0))")


def patiently(work: cursor, statement: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
    """Rows of a statement that may wait for other publishers as long as a statement may take."""
    work.execute("SELECT current_setting('lock_timeout')")
    (limit,) = work.fetchone()
    work.execute("SET LOCAL lock_timeout = 0")
    work.execute(statement, values)
    rows = work.fetchall()
    work.execute("SET LOCAL lock_timeout = %s", (limit,))
    return list(rows)


def await_readers(db: connection, seconds: float) -> None:
    """Waits until every query that was planned before now has ended, but no longer than `seconds`."""
    deadline = time.monotonic() + seconds
    planned = _holders(db)
    while planned and time.monotonic() < deadline:
        time.sleep(0.002)
        planned &= _holders(db)


def _holders(db: connection) -> set[str]:
    """Transactions that have a plan over the lists: a plan holds a lock on what it reads."""
    with db, db.cursor() as work:
        work.execute(
            "SELECT virtualtransaction FROM pg_locks WHERE pid <> pg_backend_pid()"
            " AND relation IN ('recsys.recommendation_list'::regclass, 'recsys.item_list'::regclass)"
        )
        return {transaction for (transaction,) in work}


def live(work: cursor) -> Live | None:
    """What is live, or None before the first publication."""
    work.execute(
        "SELECT pub_id, live.as_of, (manifest ->> 'users')::bigint"
        " FROM recsys.live JOIN recsys.publication USING (pub_id)"
    )
    row = work.fetchone()
    return None if row is None else Live(*row)


def current(dsn: str) -> Live | None:
    """What is live, over a connection of its own."""
    with session(dsn) as db, db, db.cursor() as work:
        return live(work)


def leads(work: cursor, as_of: date) -> bool:
    """Whether a set of that day may take the place of what is live: it is of the same day or a later day."""
    now = live(work)
    return now is None or as_of >= now.as_of


def move(work: cursor, pub_id: int, why: Why, actor: str) -> None:
    """Makes a publication live when the transaction commits, records who did it, and notifies listeners."""
    work.execute(
        "INSERT INTO recsys.pointer_move (pub_id, before, why, actor)"
        " VALUES (%s, (SELECT pub_id FROM recsys.live), %s, %s)",
        (pub_id, why, actor or getuser()),
    )
    work.execute(
        "INSERT INTO recsys.live (pub_id, as_of, model_version)"
        " SELECT pub_id, as_of, model_version FROM recsys.publication WHERE pub_id = %s"
        " ON CONFLICT (one) DO UPDATE SET pub_id = excluded.pub_id, as_of = excluded.as_of,"
        " model_version = excluded.model_version",
        (pub_id,),
    )
    work.execute(
        "UPDATE recsys.publication SET status = 'published', published_at = clock_timestamp() WHERE pub_id = %s",
        (pub_id,),
    )
    work.execute("SELECT pg_notify(%s, %s)", (CHANNEL, str(pub_id)))


def rollback(dsn: str, pub_id: int | None = None, actor: str = "") -> int:
    """Number of the publication that is live now: the given number, or that of the publication before what was live.

    What is rolled back from is withdrawn: no rerun makes it live again, only a rollback to it by its number. Overlay
    lists by its own models go. Arms of an experiment stay as they are, with their overlay lists, but for those that
    show what is rolled back from: they show the target from then on. `actor` is who asked for it; empty: the account of
    this process.
    Raises `SettingsError` when there is no such publication.
    """
    with session(dsn) as db:
        roles.act_as_publisher(db)
        with db, db.cursor() as work:
            take_turn(work)
            target = _target(work, pub_id)
            work.execute(
                "UPDATE recsys.publication AS older SET status = 'withdrawn' FROM recsys.publication AS target"
                " WHERE older.pub_id = (SELECT pub_id FROM recsys.live) AND target.pub_id = %s"
                " AND (older.as_of, older.pub_id) > (target.as_of, target.pub_id)",
                (target,),
            )
            work.execute(
                "UPDATE recsys.arm SET pub_id = target.pub_id, as_of = target.as_of,"
                " model_version = target.model_version FROM recsys.publication AS target"
                " WHERE target.pub_id = %s AND arm.pub_id IN (SELECT pub_id FROM recsys.live"
                " JOIN recsys.publication USING (pub_id) WHERE status = 'withdrawn')",
                (target,),
            )
            work.execute(
                "DELETE FROM recsys.overlay_list AS laid USING recsys.publication AS base,"
                " recsys.publication AS target WHERE base.pub_id = laid.pub_id AND target.pub_id = %s"
                " AND (base.as_of, base.pub_id) > (target.as_of, target.pub_id)"
                " AND base.pub_id NOT IN (SELECT pub_id FROM recsys.arm)",
                (target,),
            )
            move(work, target, "rolled back", actor)
    return target


def _target(work: cursor, pub_id: int | None) -> int:
    if pub_id is None:
        work.execute(
            "SELECT pub_id FROM recsys.publication"
            " WHERE published_at IS NOT NULL AND status = 'published' AND (as_of, pub_id) <"
            " (SELECT as_of, pub_id FROM recsys.live)"
            " ORDER BY as_of DESC, pub_id DESC LIMIT 1"
        )
    else:
        work.execute(
            "SELECT pub_id FROM recsys.publication WHERE pub_id = %s AND status IN ('published', 'withdrawn')",
            (pub_id,),
        )
    row = work.fetchone()
    if row is None:
        seen = "none before the live one" if pub_id is None else str(pub_id)
        raise SettingsError(
            "there is no such publication to roll back to",
            seen=seen,
            expected="a publication that is kept",
            remedy="see `recsys publications`",
        )
    return int(row[0])
