"""The overlay: lists of users with newer events, shown in place of the live set's until a full set covers these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
from psycopg2 import sql
from psycopg2.extensions import cursor

from recsys.artifacts import Manifest
from recsys.errors import DataError, TransientError
from recsys.publish import arms, pointer
from recsys.publish.arms import Shown
from recsys.publish.copying import copy_into
from recsys.stages import Inputs

FRESH = (
    "CREATE TEMPORARY TABLE fresh (pub_id bigint, user_id text, item_ids text[], scores real[], reasons text[],"
    " terms text[], history text) ON COMMIT DROP"
)
LAY = """
    INSERT INTO recsys.overlay_list (user_id, pub_id, as_of, history, item_ids, scores, reasons, terms)
    SELECT user_id, pub_id, %s, history, item_ids, scores, reasons, terms FROM fresh
    ON CONFLICT (user_id) DO UPDATE SET pub_id = excluded.pub_id, as_of = excluded.as_of, history = excluded.history,
        item_ids = excluded.item_ids, scores = excluded.scores, reasons = excluded.reasons,
        terms = excluded.terms, laid_at = excluded.laid_at
"""
LIFT = "DELETE FROM recsys.overlay_list WHERE user_id NOT IN (SELECT user_id FROM recsys.laid_over)"


@dataclass(frozen=True)
class Base:
    """A set that is shown, live or by an arm, as what a refresh starts from."""

    pub_id: int
    as_of: date
    shown: Shown
    """All that is shown: only users of this set are refreshed by it."""
    made: Inputs
    """Manifests of the stages that made it."""
    settings: Mapping[str, Any]
    """Sections of the settings that made it."""
    overlaid: Mapping[str, str]
    """By user, the digest of the events that an overlay list by its own models covers."""


def base(work: cursor, shown: Shown, pub_id: int) -> Base:
    """A shown set; raises `DataError` when it does not record what made it."""
    work.execute(
        "SELECT as_of, manifest -> 'manifests', manifest -> 'settings' FROM recsys.publication WHERE pub_id = %s",
        (pub_id,),
    )
    as_of, found, settings = work.fetchone()
    if not found or not settings:
        raise DataError(
            "the publication that is shown does not name the files that made it",
            where=f"publication {pub_id}",
            remedy="publish once more: run the daily job",
        )
    made = {stage: tuple(Manifest.from_dict(manifest) for manifest in many) for stage, many in found.items()}
    work.execute("SELECT user_id, history FROM recsys.overlay_list WHERE pub_id = %s", (pub_id,))
    return Base(pub_id, as_of, shown, made, settings, dict(work.fetchall()))


def lay(work: cursor, over: Base, as_of: date, batches: Iterable[pa.RecordBatch]) -> int:
    """Number of lists that lie over the set once the transaction commits; what is no longer in force goes.

    The transaction has taken its turn. Batches hold user_id, item_ids, scores, reasons, terms,
    history. Raises
    `TransientError` when another set is live by now.
    """
    now = arms.shown(work)
    if now != over.shown:
        raise TransientError(
            "another publication was published meanwhile",
            seen=str(now and now.pub_ids),
            where="recsys.live, recsys.arm",
            expected=str(over.shown.pub_ids),
            remedy="run the refresh again",
        )
    work.execute(FRESH)
    written = copy_into(work, sql.Identifier("fresh"), over.pub_id, batches)
    work.execute(LAY, (as_of,))
    work.execute(LIFT)
    work.execute("SELECT pg_notify(%s, %s)", (pointer.CHANNEL, str(over.pub_id)))
    return written
