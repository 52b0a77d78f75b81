"""What is done once a day: drops old publications, overlay lists no longer in force, and files no longer needed."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath

import fsspec
from psycopg2.extensions import connection, cursor

from recsys.artifacts import MANIFEST_FILE
from recsys.privacy.forgotten import Forgotten
from recsys.publish import overlay, pointer, retention, roles
from recsys.publish.connection import session
from recsys.settings import Settings
from recsys.stages import STAGES

log = logging.getLogger(__name__)

KEPT_DAYS = 7
"""Days that a stage's files stay although no publication that is kept was made of them: reruns find them."""
FEEDBACK_DAYS, QUARANTINE_DAYS = 400, 30
"""Days that feedback is kept, and what of it was quarantined; events of feedback are counted for less long."""
AGED = (
    ("feedback", "DELETE FROM recsys.feedback WHERE occurred_at < %s", FEEDBACK_DAYS),
    ("quarantined feedback", "DELETE FROM recsys.feedback_quarantine WHERE received_at < %s", QUARANTINE_DAYS),
)
SWEPT = (*STAGES, "backtest")
"""Stages whose files only publications need. Not `finetune`: its files record the users of a registered model."""
HOLD_FILES = "SELECT pg_advisory_lock_shared(hashtextextended('recsys.files', 0))"
"""Keeps files from being removed until the session ends: a backup copies them."""
MAY_REMOVE = "SELECT pg_try_advisory_lock(hashtextextended('recsys.files', 0))"
SENT = (
    ("SELECT DISTINCT user_id FROM recsys.feedback", "DELETE FROM recsys.feedback WHERE user_id = ANY(%s)"),
    (
        "SELECT DISTINCT substring(recommendation_id FROM '^[0-9]+:(.*)$') FROM recsys.feedback_quarantine",
        "DELETE FROM recsys.feedback_quarantine WHERE substring(recommendation_id FROM '^[0-9]+:(.*)$') = ANY(%s)",
    ),
)
"""Users of whom applications sent something, and what removes it."""


@dataclass(frozen=True)
class Kept:
    """What a cleaning left and removed."""

    publications: int
    lifted: int
    """Overlay lists that a newer full set covers by now."""
    folders: int
    """Folders of stages that went, and what stopped runs had left."""
    feedback: int
    """Rows of feedback, and of what of it was quarantined, that went: they were old, or of users who are forgotten."""


def maintain(dsn: str, settings: Settings, now: datetime) -> Kept:
    """Cleans the serving store and the files; what is live and what can be rolled back to stays, with all it needs."""
    with session(dsn, settings.database) as db:
        roles.act_as_publisher(db)
        retention.apply(db, settings.database.keep_publications)
        with db, db.cursor() as work:
            pointer.take_turn(work)
            work.execute(overlay.LIFT)
            lifted = work.rowcount
            needed, publications = _needed(work)
        feedback = _drop_feedback(db, settings.store, now)
        removed = _remove_files(db, settings.store, needed, now)
    log.info(
        "maintenance: %d publications kept, %d lists lifted, %d folders and %d rows of feedback removed",
        publications,
        lifted,
        removed,
        feedback,
    )
    return Kept(publications, lifted, removed, feedback)


def _drop_feedback(db: connection, store: str, now: datetime) -> int:
    """Rows removed: those that are old, and those that applications sent of users who are forgotten."""
    with db, db.cursor() as work:
        dropped = 0
        for what, statement, days in AGED:
            work.execute(statement, (now - timedelta(days=days),))
            log.info("maintenance: %d rows of %s removed", work.rowcount, what)
            dropped += work.rowcount
        if Forgotten(store).digest():
            is_forgotten = Forgotten(store).is_forgotten()
            for users, delete in SENT:
                work.execute(users)
                work.execute(delete, ([user for (user,) in work.fetchall() if user and is_forgotten(user)],))
                dropped += work.rowcount
        return dropped


def _needed(work: cursor) -> tuple[set[str], int]:
    """URIs of the files that made the publications that are kept, and how many these are."""
    work.execute("SELECT manifest -> 'inputs' FROM recsys.publication")
    found = [inputs or {} for (inputs,) in work.fetchall()]
    return {uri for inputs in found for uris in inputs.values() for uri in uris}, len(found)


def _remove_files(db: connection, store: str, needed: set[str], now: datetime) -> int:
    """Folders that went; none while a backup copies them, and then the next cleaning removes them."""
    with db, db.cursor() as work:
        work.execute(MAY_REMOVE)
        (may_remove,) = work.fetchone()
    if not may_remove:
        log.warning("maintenance: no files removed, for a backup is being made")
        return 0
    removed = [_remove(folder) for folder in _idle(store, needed, now)]
    removed += [_remove_left(path) for path in _left(store, now - timedelta(days=KEPT_DAYS))]
    return len(removed)


def _idle(store: str, needed: set[str], now: datetime) -> Iterator[str]:
    """URIs of folders of committed results that are old and no longer needed."""
    filesystem, root = fsspec.core.url_to_fs(store)
    filesystem.invalidate_cache()
    for stage in SWEPT:
        for file in filesystem.glob(f"{root}/{stage}/as_of=*/*/{MANIFEST_FILE}"):
            uri = filesystem.unstrip_protocol(str(PurePosixPath(file).parent))
            if uri not in needed and filesystem.modified(file) < now - timedelta(days=KEPT_DAYS):
                yield uri


def _left(store: str, before: datetime) -> Iterator[str]:
    """URIs of old bad rows that stopped a run, of checkpoints from which no training resumed, and of what killed
    stages and cleanings left without a manifest."""
    filesystem, root = fsspec.core.url_to_fs(store)
    stopped = [*filesystem.glob(f"{root}/quarantine/as_of=*/*.parquet"), *filesystem.glob(f"{root}/checkpoints/*")]
    results = [folder for stage in SWEPT for folder in filesystem.glob(f"{root}/{stage}/as_of=*/*")]
    halves = [folder for folder in results if not filesystem.exists(f"{folder}/{MANIFEST_FILE}")]
    for path, files in [
        *((path, filesystem.find(path)) for path in stopped),
        *((path, filesystem.find(path) or [path]) for path in halves),
    ]:
        if files and all(filesystem.modified(file) < before for file in files):
            yield filesystem.unstrip_protocol(path)


def _remove(uri: str) -> str:
    """Removes a folder, its manifest first: what is half removed is no result."""
    filesystem, folder = fsspec.core.url_to_fs(uri)
    filesystem.rm_file(f"{folder}/{MANIFEST_FILE}")
    return _remove_left(uri)


def _remove_left(uri: str) -> str:
    filesystem, path = fsspec.core.url_to_fs(uri)
    filesystem.rm(path, recursive=True)
    return uri
