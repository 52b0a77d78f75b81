"""Publishing a whole set of recommendations: a reader sees all of the old set, or all of the new set.

Lists go into tables of their own, at which no reader looks. When all parts are there, one transaction judges them
and attaches the tables. Then another, tiny transaction moves the pointer. Between the two, queries that were planned
before the tables were there end: were both one transaction, such a query could follow the new pointer to a table that
its plan does not know, and find nothing. Killed anywhere, a rerun resumes with what is there.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict
from pathlib import Path
from typing import Literal

import numpy as np
from psycopg2 import sql
from psycopg2.errors import UniqueViolation
from psycopg2.extensions import connection, cursor
from psycopg2.extras import Json, execute_values

from recsys.errors import GateError
from recsys.publish import (
    arms,
    categories,
    cohorts,
    comparison,
    loading,
    pointer,
    refusal,
    retention,
    roles,
    tables,
    traces,
)
from recsys.publish.connection import session
from recsys.publish.copying import copy_into
from recsys.publish.draft import Draft, Outcome
from recsys.publish.lists import AUDIENCE, REMEDY, Counts, batches, catalogue, check, judged, refuse_none
from recsys.settings import DatabaseSettings

Published = Literal[
    "yes",
    "in the arm",
    "already live",
    "live again",
    "stored: a later day is live",
    "withdrawn: rolled back from",
    "not kept: later days fill what is kept",
]
KNOWN_ACTIONS = "INSERT INTO recsys.feedback_action SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING"


def publish(dsn: str, draft: Draft, limits: DatabaseSettings) -> Outcome:
    """What became of the draft; parts that are stored already are not stored again.

    Raises `GateError` for lists that cannot be served or are too unlike what is live; they are kept for inspection.
    Raises `TransientError` when the database breaks off. In both cases what was live is still live.
    """
    with session(dsn, limits) as db:
        roles.act_as_publisher(db)
        retention.apply(db, limits.keep_publications)
        begun = loading.begin(db, draft, limits)
        if begun is None:
            return Outcome(None, "not kept: later days fill what is kept", Counts(0, 0))
        if begun.status == "loading":
            with refusal.kept(db, draft, begun.pub_id):
                for part in draft.parts:
                    loading.load(db, begun.pub_id, draft, part)
                _complete(db, draft, begun.pub_id, limits)
            pointer.await_readers(db, limits.lock_timeout_ms / 1000)
        with db, db.cursor() as work:
            pointer.take_turn(work)
            return _lead(work, draft, begun.pub_id, limits)


def _complete(db: connection, draft: Draft, pub_id: int, limits: DatabaseSettings) -> None:
    """Judges what is loaded and attaches it; no reader sees it yet. What another publisher completed stays as it is."""
    with db, db.cursor() as work:
        pointer.take_turn(work)
        status = "SELECT status FROM recsys.publication WHERE pub_id = %s FOR UPDATE"
        if pointer.patiently(work, status, (pub_id,)) != [("loading",)]:
            return
        counts = loading.counts(work, pub_id, len(draft.lists))
        refuse_none(counts, ", ".join(map(str, draft.lists)))
        _index(work, draft, pub_id)
        compared = comparison.compare(work, pub_id, counts)
        if arms.leads(work, limits.arm, draft.as_of):
            comparison.judge(compared, limits)
        _fill_small(work, draft, pub_id)
        tables.attach(work, draft.parents, pub_id)
        facts = {**draft.manifest, **asdict(counts), "compared": asdict(compared) if compared else None}
        facts |= {"arm": limits.arm} if limits.arm else {}
        work.execute(
            "UPDATE recsys.publication SET status = 'published', manifest = %s WHERE pub_id = %s",
            (Json(facts, json.dumps), pub_id),
        )


def _index(work: cursor, draft: Draft, pub_id: int) -> None:
    for parent in draft.parents:
        try:
            tables.index(work, parent, pub_id)
        except UniqueViolation as error:
            files = draft.lists if parent != tables.ITEM_LISTS else (draft.item_lists,)
            what = "a user has two lists" if parent != tables.ITEM_LISTS else "an item or a category has two lists"
            raise GateError(
                f"{what}, so nothing was published",
                where=", ".join(map(str, files)),
                seen=error.diag.message_detail or "",
                expected="one list a user, and a kind and key",
                remedy=REMEDY,
            ) from None


def _fill_small(work: cursor, draft: Draft, pub_id: int) -> None:
    """The lists of audiences, names of interests, and actions for feedback."""
    check((draft.fallback,), draft.items, AUDIENCE)
    copy_into(work, sql.SQL("recsys.fallback_list"), pub_id, batches(draft.fallback, AUDIENCE))
    known = draft.manifest.get("settings", {}).get("events", {}).get("action_weights", {})
    work.execute(KNOWN_ACTIONS, (list(known),))
    if draft.users and draft.cohorts:
        _fill_cohorts(work, draft, draft.users, draft.cohorts, pub_id)
    if draft.interests:
        named = [(pub_id, *row) for row in traces.interests(Path(draft.interests))]
        execute_values(work, "INSERT INTO recsys.interest VALUES %s", named)


def _fill_cohorts(work: cursor, draft: Draft, users: Path, rules: cohorts.Rules, pub_id: int) -> None:
    """The noise of differential privacy comes from the system: by a known seed it could be taken off again."""
    rng, items = np.random.default_rng(secrets.randbits(128)), catalogue(draft.items)
    made = cohorts.cohort_lists(draft.lists, users, items, rules, rng)
    copy_into(work, sql.SQL("recsys.fallback_list"), pub_id, judged(made.to_batches(), items, users))


def _lead(work: cursor, draft: Draft, pub_id: int, limits: DatabaseSettings) -> Outcome:
    """What became of a stored publication: live now, unless a later day is, or it was rolled back from.

    With `database.arm` the arm's users are shown it, and what is live stays.
    Raises `TransientError` for a publication that another publisher was refused meanwhile: it is not attached.
    """
    work.execute(
        "SELECT status, published_at, (manifest ->> 'users')::bigint, (manifest ->> 'recommendations')::bigint"
        " FROM recsys.publication WHERE pub_id = %s",
        (pub_id,),
    )
    row = work.fetchone()
    shown = arms.find(work, limits.arm) if limits.arm else pointer.live(work)
    if row is None:
        return Outcome(pub_id, "not kept: later days fill what is kept", Counts(0, 0))
    status, published_at, *counts = row
    if status not in ("published", "withdrawn"):
        raise loading.gone(pub_id, f"{status} meanwhile")
    place = _place(work, draft, pub_id, shown, status, limits)
    if place is not None:
        return Outcome(pub_id, place, Counts(*counts))
    if limits.arm:
        arms.move(work, limits.arm, pub_id)
        return Outcome(pub_id, "in the arm", Counts(*counts))
    pointer.move(work, pub_id, "published" if published_at is None else "live again", limits.actor)
    categories.replace(work, draft.items, pub_id)
    return Outcome(pub_id, "yes" if published_at is None else "live again", Counts(*counts))


def _place(
    work: cursor,
    draft: Draft,
    pub_id: int,
    shown: pointer.Live | arms.Arm | None,
    status: str,
    limits: DatabaseSettings,
) -> Published | None:
    """Why a stored publication is not shown from now on, by the arm or as the live set; None where it is."""
    if shown and shown.pub_id == pub_id:
        return "in the arm" if limits.arm else "already live"
    if status == "withdrawn" and not limits.force:
        return "withdrawn: rolled back from"
    if not limits.force and not arms.leads(work, limits.arm, draft.as_of):
        return "stored: a later day is live"
    return None
