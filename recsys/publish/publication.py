"""Publishing a whole set of recommendations: a reader sees all of the old set, or all of the new one.

Lists go into a partition of their own, which one transaction fills and attaches; no reader looks at it. Then a second,
tiny transaction moves the pointer. Between the two, queries that were planned before the partition was there end: were
both one transaction, such a query could follow the new pointer to a partition that its plan does not know, and find
nothing. Killed in between, a rerun finds the lists stored and moves the pointer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from psycopg2 import sql
from psycopg2.errors import UniqueViolation
from psycopg2.extensions import cursor
from psycopg2.extras import Json

from recsys.errors import GateError
from recsys.publish import pointer, retention, roles
from recsys.publish.connection import session
from recsys.publish.copying import copy_into
from recsys.publish.lists import AUDIENCE, REMEDY, Counts, batches, check
from recsys.settings import DatabaseSettings

LISTS = sql.SQL("recsys.recommendation_list")
Published = Literal["yes", "already live", "live again", "stored: a later day is live", "withdrawn: rolled back from",
                    "not kept: later days fill what is kept"]  # fmt: skip


@dataclass(frozen=True)
class Draft:
    """What is to be published."""

    as_of: date
    model_version: str
    fingerprint: str
    """The same fingerprint is the same lists: it is stored once."""
    lists: tuple[Path, ...]
    """Files of one list a user; no user is in two of them."""
    fallback: Path
    """File of the lists of those who have none of their own."""
    items: Path
    """The catalogue; only what it calls available is published."""
    manifest: Mapping[str, Any]
    """What made the lists, kept beside them."""


@dataclass(frozen=True)
class Outcome:
    """What became of a draft."""

    pub_id: int | None
    """None when nothing was stored."""
    published: Published
    counts: Counts


def publish(dsn: str, draft: Draft, limits: DatabaseSettings) -> Outcome:
    """What became of the draft; a draft that is stored already is not stored again.

    Raises `GateError` for lists that cannot be served or cover too few of the users who have some now,
    `TransientError` when the database breaks off. In both cases what was live is still live.
    """
    counts = check(draft.lists, draft.items)
    check((draft.fallback,), draft.items, AUDIENCE)
    with session(dsn, limits) as db:
        roles.act_as_publisher(db)
        retention.apply(db, limits.keep_publications)
        with db, db.cursor() as work:
            pointer.take_turn(work)
            pub_id = _known(work, draft)
            stored = None if pub_id else _new(work, draft, counts, limits)
        if stored:
            pointer.await_readers(db, limits.lock_timeout_ms / 1000)
        with db, db.cursor() as work:
            pointer.take_turn(work)
            return Outcome(pub_id or stored, _lead(work, draft, pub_id or stored), counts)


def _known(work: cursor, draft: Draft) -> int | None:
    """Number of the publication that holds these very lists, or None."""
    work.execute("SELECT pub_id FROM recsys.publication WHERE fingerprint = %s", (draft.fingerprint,))
    row = work.fetchone()
    return int(row[0]) if row else None


def _new(work: cursor, draft: Draft, counts: Counts, limits: DatabaseSettings) -> int | None:
    """Number of the new publication; None for a day so old that retention would drop it at once."""
    live = pointer.live(work)
    if not _leads(draft, live):
        return None if _outdated(work, draft, limits.keep_publications) else _store(work, draft, counts)
    if live and counts.users < limits.least_coverage * live.users:
        raise GateError(
            "a publication for so few users would leave many without, so nothing was published",
            where=f"publication {live.pub_id} is live", seen=f"{counts.users} users, {live.users} now",
            expected=f"at least {limits.least_coverage:.0%} of them (database.least_coverage)",
            remedy="see why users are missing, or lower that setting for this run",
        )  # fmt: skip
    return _store(work, draft, counts)


def _lead(work: cursor, draft: Draft, pub_id: int | None) -> Published:
    """What became of a stored publication: live now, unless a later day is, or it was rolled back from."""
    work.execute("SELECT status, published_at FROM recsys.publication WHERE pub_id = %s", (pub_id,))
    row = work.fetchone()
    live = pointer.live(work)
    if row is None:
        return "not kept: later days fill what is kept"
    if live and live.pub_id == pub_id:
        return "already live"
    status, published_at = row
    if status == "withdrawn":
        return "withdrawn: rolled back from"
    if pub_id is None or not _leads(draft, live):
        return "stored: a later day is live"
    pointer.move(work, pub_id)
    return "live again" if published_at else "yes"


def _leads(draft: Draft, live: pointer.Live | None) -> bool:
    """Whether the draft may take the place of what is live: it is of the same day or a later one."""
    return live is None or draft.as_of >= live.as_of


def _outdated(work: cursor, draft: Draft, keep: int) -> bool:
    """Whether retention would drop the draft as soon as it is stored."""
    work.execute("SELECT count(*) FROM recsys.publication WHERE as_of > %s", (draft.as_of,))
    return int(work.fetchone()[0]) >= keep


def _store(work: cursor, draft: Draft, counts: Counts) -> int:
    """Number of the new publication, whose lists are stored, and attached where readers will look."""
    work.execute("INSERT INTO recsys.publication (as_of, model_version, fingerprint, status, manifest)"
                 " VALUES (%s, %s, %s, 'published', %s) RETURNING pub_id",
                 (draft.as_of, draft.model_version, draft.fingerprint,
                  Json({**draft.manifest, **asdict(counts)}, json.dumps)))  # fmt: skip
    pub_id: int = work.fetchone()[0]
    # The CHECK tells Postgres that every row fits, so attaching needs no scan.
    _alter(work, pub_id, "CREATE TABLE {part} (LIKE {lists} INCLUDING STORAGE, CHECK (pub_id = {number}))")
    _copy(work, draft, pub_id, counts)
    try:
        _alter(work, pub_id, "ALTER TABLE {part} ADD PRIMARY KEY (pub_id, user_id)")
    except UniqueViolation as error:
        where, seen = ", ".join(map(str, draft.lists)), error.diag.message_detail or ""
        raise GateError("a user has two lists, so nothing was published", where=where, seen=seen,
                        expected="one list a user", remedy=REMEDY) from None  # fmt: skip
    _alter(work, pub_id, "ALTER TABLE {lists} ATTACH PARTITION {part} FOR VALUES IN ({number})")
    return pub_id


def _alter(work: cursor, pub_id: int, statement: str) -> None:
    part = retention.partition(pub_id)
    work.execute(sql.SQL(statement).format(lists=LISTS, part=part, number=sql.Literal(pub_id)))


def _copy(work: cursor, draft: Draft, pub_id: int, counts: Counts) -> None:
    lists = (batch for file in draft.lists for batch in batches(file))
    copied = copy_into(work, retention.partition(pub_id), pub_id, lists)
    if copied != counts.users:
        raise GateError("the lists changed while they were published, so nothing was", seen=f"{copied} lists",
                        expected=f"{counts.users}", remedy="publish again")  # fmt: skip
    copy_into(work, sql.SQL("recsys.fallback_list"), pub_id, batches(draft.fallback, AUDIENCE))
