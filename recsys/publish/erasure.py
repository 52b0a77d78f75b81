"""Forgetting a user everywhere, and the proof of it: what was searched, what was removed, and what it hashes to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import fsspec
from psycopg2 import sql
from psycopg2.extensions import connection, cursor

from recsys.artifacts import MANIFEST_FILE
from recsys.errors import DataError, GateError, RecsysError, TransientError
from recsys.privacy.files import MARK, Files, Presence, being_written, day_of
from recsys.privacy.forgotten import Forgotten
from recsys.publish import pointer, roles, tables
from recsys.publish.connection import session
from recsys.settings import Settings
from recsys.stages import Inputs

TRAINED = ("transfer", "signals")
"""Stages whose models keep something of every user, by row and without an id."""
MARKED = (*TRAINED, "finetune")
"""Stages whose models were made with everybody's behaviour."""
QUARANTINE = "feedback_quarantine"
"""Table of rows as applications sent them: the user's id may stand in any of their texts."""
TABLES = """
    SELECT DISTINCT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE relnamespace = 'recsys'::regnamespace AND relkind = 'r' AND NOT attisdropped
      AND (attname = 'user_id' OR relname = %s)
    ORDER BY relname
"""
OF_USER = sql.SQL("user_id = %(user)s")
SENT_OF_USER = sql.SQL("""
    %(user)s IN (recommendation_id, item_id, action)
    OR right(recommendation_id, length(%(user)s) + 1) = ':' || %(user)s
    OR right(item_id, length(%(user)s) + 1) = ':' || %(user)s
    OR right(action, length(%(user)s) + 1) = ':' || %(user)s
""")
"""Where a row is of the user; in what was sent wherever the id stands whole, alone or behind a publication."""
LOCK = "LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE"
"""Rows that others are still loading cannot be seen: their transactions are waited for. Readers continue."""
PATIENT = "SET LOCAL lock_timeout = 0"
"""A table that is loading is locked until it is loaded; its rows are to be seen, so that is waited for."""
REFUSALS = """
    UPDATE recsys.publication SET refusal = 'refused for the row of a user who is forgotten by now'
    WHERE position(%s IN refusal) > 0
"""


@dataclass(frozen=True)
class Erased:
    """What an erasure did."""

    proof: str
    """Path of the proof."""
    rows: int
    """Rows removed, in tables and files."""
    marked: int
    """Models that were made with the user."""


def forget(dsn: str, settings: Settings, user_id: str) -> Erased:
    """Removes a user from the store's files and from Postgres, and proves it; safe to run again.

    From the start of the call on, ingest drops the user. What the source itself holds is its owner's to remove. Models
    are marked once, before anything is removed: another try would not know them, and what was made since is without
    the user. The proof of another try resumes from the proof before. Files come before tables: what loads them from
    then on loads nothing of the user.
    Raises `DataError` when something is left, `TransientError` when the database breaks off or a stage is writing:
    then run it again.
    """
    forgotten, files = Forgotten(settings.store), Files(settings.store)
    subject = forgotten.subject(user_id)
    known = {**forgotten.proof(user_id), "subject": subject, "state": "begun"}
    forgotten.add(user_id, known)
    if "marked" not in known:
        known["marked"] = _mark(files, files.presence(user_id), subject)
        forgotten.add(user_id, known)
    changes = files.remove(user_id)
    known["files"] = [*known.get("files", []), *map(asdict, changes)]
    forgotten.add(user_id, known)
    with session(dsn, settings.database) as db:
        roles.act_as_publisher(db)
        rows, moment = _remove_rows(db, user_id)
        searched, left = files.search(user_id)
        searched_rows, left_rows = _search(db, user_id)
    left += left_rows
    before = known.get("tables", {})
    proof = {
        **known,
        "state": "done",
        "at": moment,
        "left": left,
        "tables": {table: count + before.get(table, 0) for table, count in rows.items()},
        "searched": {"files": searched, "tables": len(rows), "rows": searched_rows},
    }
    path = forgotten.add(user_id, sealed(proof))
    if left:
        raise _unfinished(left, path)
    return Erased(path, sum(rows.values()) + sum(change.rows for change in changes), len(known["marked"]))


def users(dsn: str, settings: Settings) -> set[str]:
    """Ids of all users in tables, but for feedback that was quarantined."""
    with session(dsn, settings.database) as db, db, db.cursor() as work:
        found: set[str] = set()
        for table in _tables(work):
            if table != QUARANTINE:
                work.execute(sql.SQL("SELECT DISTINCT user_id FROM {}").format(_named(table)))
                found |= {user for (user,) in work}
        return found


def _unfinished(left: list[str], proof: str) -> RecsysError:
    """The error for what is left; what a stage is writing is no longer aside when it ends."""
    seen = ", ".join(left)[:500]
    if all(map(being_written, left)):
        return TransientError(
            "a stage is writing files that may hold the user",
            seen=seen,
            where=proof,
            remedy="run this again when it has ended; where none runs, remove them",
        )
    return DataError(
        "the user is not forgotten everywhere",
        seen=seen,
        where=proof,
        remedy="remove what is left by hand, then run this again",
    )


def sealed(proof: Mapping[str, Any]) -> dict[str, Any]:
    """The proof with the SHA-256 of its content, by which a change shows."""
    text = json.dumps({name: value for name, value in proof.items() if name != "sha256"}, sort_keys=True)
    return {**proof, "sha256": hashlib.sha256(text.encode()).hexdigest()}


def refuse_marked(made: Inputs) -> None:
    """Raises `GateError` for models that were made with somebody who is forgotten: their rows no longer fit."""
    for stage in TRAINED:
        for one in made.get(stage, ()):
            filesystem, folder = fsspec.core.url_to_fs(one.uri)
            if filesystem.exists(f"{folder}/{MARK}"):
                raise GateError(
                    "the models of what is shown were made with a user who is forgotten",
                    where=one.uri,
                    remedy="run the daily job: it makes them anew, without that user",
                )


def _remove_rows(db: connection, user_id: str) -> tuple[dict[str, int], str]:
    """Rows removed by table, in one transaction, and its time; then the space that they took is freed."""
    with db, db.cursor() as work:
        pointer.take_turn(work)
        work.execute(PATIENT)
        names, removed = _tables(work), {}
        work.execute(sql.SQL(LOCK).format(sql.SQL(", ").join(map(_named, names))))
        for table in names:
            statement = sql.SQL("DELETE FROM {} WHERE {}").format(_named(table), _of_user(table))
            work.execute(statement, {"user": user_id})
            removed[table] = work.rowcount
        work.execute(REFUSALS, (user_id,))
        work.execute("SELECT now()::text")
        (moment,) = work.fetchone()
    db.autocommit = True
    try:
        with db.cursor() as work:
            for table in (name for name, count in removed.items() if count):
                work.execute(sql.SQL("VACUUM {}").format(_named(table)))
    finally:
        db.autocommit = False
    return removed, moment


def _search(db: connection, user_id: str) -> tuple[int, list[str]]:
    """Rows searched, and tables that still hold a row of the user."""
    with db, db.cursor() as work:
        work.execute(PATIENT)
        searched, left = 0, []
        for table in _tables(work):
            query = sql.SQL("SELECT count(*), count(*) FILTER (WHERE {}) FROM {}")
            work.execute(query.format(_of_user(table), _named(table)), {"user": user_id})
            rows, found = work.fetchone()
            searched += rows
            left += [table] if found else []
    return searched, left


def _tables(work: cursor) -> list[str]:
    work.execute(TABLES, (QUARANTINE,))
    return [name for (name,) in work.fetchall()]


def _of_user(table: str) -> sql.SQL:
    return SENT_OF_USER if table == QUARANTINE else OF_USER


def _named(table: str) -> sql.Identifier:
    return sql.Identifier(tables.SCHEMA, table)


def _mark(files: Files, presence: Presence, subject: str) -> list[str]:
    """Folders of the models that were made with the user, now marked as such."""
    made = [path.removesuffix(f"/{MANIFEST_FILE}") for path in files.names() if path.endswith(f"/{MANIFEST_FILE}")]
    marked = [
        folder
        for folder in made
        if any(f"/{stage}/as_of=" in folder for stage in MARKED) and presence.at(day_of(folder) or "")
    ]
    for folder in marked:
        files.mark(f"{folder}/{MARK}", subject)
    return marked


def marked_trainings(settings: Settings) -> dict[str, int]:
    """How many users that a training of a language model read are forgotten by now, by the training's mark."""
    filesystem, root = fsspec.core.url_to_fs(settings.store)
    filesystem.invalidate_cache()
    found = {}
    for path in filesystem.glob(f"{root}/finetune/as_of=*/*/{MARK}"):
        made = json.loads(filesystem.cat_file(f"{path.removesuffix(MARK)}{MANIFEST_FILE}"))
        found[made["facts"]["training"]] = len(json.loads(filesystem.cat_file(path)))
    return found
