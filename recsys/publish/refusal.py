"""What becomes of a set that is refused: its record names why, and its rows are kept aside where no reader looks."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from psycopg2.extensions import connection, cursor

from recsys.errors import GateError
from recsys.publish import lists, pointer, tables
from recsys.publish.copying import copy_into
from recsys.publish.draft import Draft

log = logging.getLogger(__name__)


@contextmanager
def kept(db: connection, draft: Draft, pub_id: int) -> Iterator[None]:
    """Keeps the publication for inspection when what happens within is a `GateError`, which propagates to the caller.

    Its fingerprint is free again, so a rerun is judged anew.
    """
    try:
        yield
    except GateError as error:
        try:
            _keep(db, draft, pub_id, str(error))
        except psycopg2.Error as failure:
            log.warning("publish: the refused set is not kept for inspection (%s)", str(failure).strip())
        raise


def _keep(db: connection, draft: Draft, pub_id: int, why: str) -> None:
    with db, db.cursor() as work:
        mark = (
            "UPDATE recsys.publication SET status = 'refused', refusal = %s, fingerprint = fingerprint || %s"
            " WHERE pub_id = %s AND status = 'loading' RETURNING pub_id"
        )
        if not pointer.patiently(work, mark, (why, f" refused {pub_id}", pub_id)):
            return
        work.execute("SELECT name FROM recsys.part WHERE pub_id = %s", (pub_id,))
        loaded = {name for (name,) in work}
        for shard in range(len(draft.lists)):
            if draft.parts[shard] not in loaded:
                _load_as_it_is(work, draft, pub_id, shard)
    log.warning("publish: publication %d is refused and kept in recsys.%s_%d", pub_id, tables.LISTS, pub_id)


def _load_as_it_is(work: cursor, draft: Draft, pub_id: int, shard: int) -> None:
    """Loads a shard unchecked; a shard that Postgres cannot store stays where it is, in its file."""
    work.execute("SAVEPOINT shard")
    try:
        copy_into(work, tables.of(tables.LISTS, pub_id), pub_id, lists.batches(draft.lists[shard]))
    except (GateError, psycopg2.DataError, psycopg2.IntegrityError, psycopg2.errors.ProgramLimitExceeded) as error:
        work.execute("ROLLBACK TO SAVEPOINT shard")
        log.info("publish: %s is not kept (%s)", draft.lists[shard], str(error).splitlines()[0])
