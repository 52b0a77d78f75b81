"""Loading the parts of a publication: by a single process, or by many side by side.

A publication that is `loading` is a record and tables that no reader looks at. Each part goes in by a transaction of
its own, together with the record that it is there: a part that was cut off is not there at all, and a part that is
there is not loaded again. So the retry of a task, and the rerun of a publisher that was killed, resume where it ended.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
from psycopg2 import sql
from psycopg2.extensions import connection, cursor
from psycopg2.extras import Json

from recsys.errors import GateError, TransientError
from recsys.publish import arms, lists, pointer, refusal, retention, roles, tables, traces
from recsys.publish.connection import session
from recsys.publish.copying import copy_into
from recsys.publish.draft import OF_ITEMS, TRACE, Draft
from recsys.publish.lists import Counts
from recsys.settings import DatabaseSettings

PARTS = """
    SELECT count(*), coalesce(sum(users), 0)::bigint, coalesce(sum(recommendations), 0)::bigint
    FROM recsys.part WHERE pub_id = %s AND name <> ALL (%s)
"""


@dataclass(frozen=True)
class Begun:
    """The record under which a draft is stored."""

    pub_id: int
    status: str


def load_shard(dsn: str, draft: Draft, shard: int, limits: DatabaseSettings) -> Counts:
    """Counts of a shard's lists, which wait in Postgres until the whole draft is published; a rerun loads nothing.

    Raises as `publish` does.
    """
    with session(dsn, limits) as db:
        roles.act_as_publisher(db)
        begun = begin(db, draft, limits)
        if begun is None or begun.status != "loading":
            return Counts(0, 0)
        with refusal.kept(db, draft, begun.pub_id):
            return load(db, begun.pub_id, draft, draft.parts[shard])


def begin(db: connection, draft: Draft, limits: DatabaseSettings) -> Begun | None:
    """The draft's record, made when it is not there; None for a day so old that retention would drop it at once.

    Raises `SettingsError` for an arm that does not run.
    """
    with db, db.cursor() as work:
        pointer.take_turn(work)
        if limits.arm:
            arms.find(work, limits.arm)
        work.execute("SELECT pub_id, status FROM recsys.publication WHERE fingerprint = %s", (draft.fingerprint,))
        if row := work.fetchone():
            return Begun(*row)
        if not (limits.force or arms.leads(work, limits.arm, draft.as_of)) and _outdated(
            work, draft.as_of, limits.keep_publications
        ):
            return None
        manifest = Json({**draft.manifest}, json.dumps)
        work.execute(
            "INSERT INTO recsys.publication (as_of, model_version, fingerprint, status, manifest)"
            " VALUES (%s, %s, %s, 'loading', %s) RETURNING pub_id",
            (draft.as_of, draft.model_version, draft.fingerprint, manifest),
        )
        begun = Begun(work.fetchone()[0], "loading")
        tables.create(work, draft.parents, begun.pub_id)
    return begun


def load(db: connection, pub_id: int, draft: Draft, part: str) -> Counts:
    """Counts of a part that is loaded now, by this call or before; trace and item lists count as no lists.

    Raises `GateError` for lists that cannot be served, `TransientError` for a publication that is gone meanwhile.
    """
    with db, db.cursor() as work:
        status = "SELECT status FROM recsys.publication WHERE pub_id = %s FOR KEY SHARE"
        found = pointer.patiently(work, status, (pub_id,))
        if not found or found == [("refused",)]:
            raise gone(pub_id, "refused meanwhile" if found else "no record")
        if found == [("loading",)] and _claims(work, pub_id, part):
            counted = _copy(work, pub_id, draft, part)
            work.execute(
                "UPDATE recsys.part SET users = %s, recommendations = %s WHERE (pub_id, name) = (%s, %s)",
                (counted.users, counted.recommendations, pub_id, part),
            )
            return counted
        work.execute("SELECT users, recommendations FROM recsys.part WHERE (pub_id, name) = (%s, %s)", (pub_id, part))
        return Counts(*work.fetchone())


def gone(pub_id: int, seen: str) -> TransientError:
    """The error for a publication that another process ended meanwhile."""
    return TransientError(
        "the publication is gone", where=f"publication {pub_id}", seen=seen, remedy="run it again: it starts anew"
    )


def _claims(work: cursor, pub_id: int, part: str) -> bool:
    """Whether the part is this transaction's to load; waits for a transaction that is loading it right now."""
    claim = "INSERT INTO recsys.part VALUES (%s, %s, 0, 0) ON CONFLICT DO NOTHING RETURNING name"
    return bool(pointer.patiently(work, claim, (pub_id, part)))


def counts(work: cursor, pub_id: int, shards: int) -> Counts:
    """Counts of the lists that are loaded; raises `GateError` while any of the shards is missing, or for no lists."""
    work.execute(PARTS, (pub_id, [TRACE, OF_ITEMS]))
    parts, users, recommendations = work.fetchone()
    if parts != shards:
        raise GateError(
            "shards of the publication are missing, so nothing was published",
            seen=f"{parts} shards",
            expected=f"{shards}",
            where=f"publication {pub_id}",
            remedy="publish again",
        )
    return Counts(users, recommendations)


def _copy(work: cursor, pub_id: int, draft: Draft, part: str) -> Counts:
    """Copies a part; lists are checked on the way, batch by batch."""
    file = dict(draft.files())[part]
    if part == TRACE:
        copy_into(work, tables.of(tables.TRACES, pub_id), pub_id, traces.batches(file), alone=True)
        return Counts(0, 0)
    if part == OF_ITEMS:
        batches = lists.checked_of_items(file, lists.catalogue(draft.items))
        copy_into(work, tables.of(tables.ITEM_LISTS, pub_id), pub_id, batches, alone=True)
        return Counts(0, 0)
    seen = _Tally()
    batches = lists.checked(file, lists.catalogue(draft.items))
    alone = len(draft.lists) == 1
    copied = copy_into(work, tables.of(tables.LISTS, pub_id), pub_id, seen.watch(batches), alone)
    assert copied == seen.users, "COPY counts the rows it was given"
    return Counts(copied, seen.recommendations)


class _Tally:
    """Counts what passes by."""

    def __init__(self) -> None:
        self.users = self.recommendations = 0

    def watch(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            self.users += batch.num_rows
            self.recommendations += len(batch.column(1).flatten())
            yield batch


def _outdated(work: cursor, as_of: date, keep: int) -> bool:
    """Whether retention would drop a publication of that day as soon as it is stored."""
    later = sql.SQL("SELECT count(*) FROM recsys.publication WHERE {} AND as_of > %s").format(retention.COUNTED)
    work.execute(later, (as_of,))
    return int(work.fetchone()[0]) >= keep
