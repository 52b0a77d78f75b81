"""Lists of the users who did something since the live set was made, by its own models: nothing is trained.

A user's new history is folded in: signals, ranker and rules see it as they would in a full run of that day, so the
list is that of a full run with the same models, of all that came in time.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from psycopg2.extensions import connection

from recsys import stages
from recsys.artifacts import Manifest
from recsys.errors import DataError, TransientError
from recsys.events import digests, fatigue, recent, tables
from recsys.events.split import Requests
from recsys.events.tables import Tables
from recsys.interests import stage as interests_stage
from recsys.privacy.forgotten import Forgotten
from recsys.publish import arms, erasure, lists, overlay, pointer, roles
from recsys.publish.connection import session
from recsys.ranking.lists.reasons import Words, as_columns
from recsys.ranking.lists.recommend import recommend
from recsys.ranking.lists.rules import rules_of
from recsys.ranking.lists.stage import TYPES
from recsys.ranking.ranker import stage as ranker_stage
from recsys.ranking.signals import stage as signals_stage
from recsys.schema import HISTORY, ITEM_IDS, SCORES, USER_ID
from recsys.settings import Settings
from recsys.stages import PUBLISHED

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did."""

    pub_id: int | None
    """The live publication; None: nothing is live."""
    users: int
    """Users whose events are others than those that their list knows."""
    overlaid: int
    """Overlay lists written; users who have seen everything get none."""


def refresh(dsn: str, settings: Settings, as_of: date) -> Refreshed:
    """Upserts overlay lists of users whose events up to `as_of` differ from those that the shown set knows.

    That is the live set, and of users of an experiment's arm the set of the arm. Source and models are those of the
    set, and so are the settings that made it, whatever `settings` are.
    Raises as `publish` does, `DataError` for a day before that of the live set, and `TransientError` when somebody is
    forgotten meanwhile.
    """
    with session(dsn, settings.database) as db:
        roles.act_as_publisher(db)
        with db, db.cursor() as work:
            shown = arms.shown(work)
        if shown is None:
            return Refreshed(None, 0, 0)
        made = [_refresh(db, shown, pub_id, settings, as_of) for pub_id in shown.pub_ids]
    return Refreshed(shown.live.pub_id, sum(users for users, _ in made), sum(overlaid for _, overlaid in made))


def _refresh(db: connection, shown: arms.Shown, pub_id: int, settings: Settings, as_of: date) -> tuple[int, int]:
    """Users of a shown set who have other events than it knows, and overlay lists for them."""
    with db, db.cursor() as work:
        base = overlay.base(work, shown, pub_id)
    _refuse_unfit(base, as_of)
    forgotten = Forgotten(settings.store).digest()
    erasure.refuse_marked(base.made)
    recorded = Settings(**base.settings)
    settings = settings.model_copy(update={name: getattr(recorded, name) for name in PUBLISHED})
    (ingested,), now = base.made["ingest"], datetime.now(UTC)
    if not tables.read(ingested).timed:
        log.info("refresh: the events have an order instead of times, so nothing says which are new")
        return 0, 0
    since = recent.since(ingested, settings, as_of, now)
    fresh = changed(base, since)
    if not fresh:
        return 0, 0
    made = fold_in(base.made, since, list(fresh), settings, as_of)
    with db, db.cursor() as work:
        pointer.take_turn(work)
        _refuse_forgotten_since(forgotten, settings.store)
        return len(fresh), overlay.lay(work, base, as_of, _batches(made, fresh, since, settings))


def _refuse_unfit(base: overlay.Base, as_of: date) -> None:
    """Raises `DataError` for a set of a later day, and for a set without the models that a refresh needs."""
    if as_of < base.as_of:
        raise DataError(
            "what is shown is of a later day",
            seen=str(as_of),
            expected=f"{base.as_of} or later",
            where=f"publication {base.pub_id}",
        )
    if "signals" not in base.made:
        raise DataError(
            "what is shown was made by an earlier version",
            where=f"publication {base.pub_id}",
            seen=", ".join(sorted(base.made)),
            expected="models of the stage signals",
            remedy="run the daily job: the next publication can be refreshed",
        )


def _refuse_forgotten_since(before: str, store: str) -> None:
    """Raises `TransientError` when the list of forgotten users no longer has that digest."""
    if Forgotten(store).digest() != before:
        raise TransientError(
            "a user was forgotten while lists were made, so none was written",
            where=store,
            remedy="run the refresh again: it leaves that user out",
        )


def changed(base: overlay.Base, since: Tables) -> dict[str, str]:
    """Users of the set with newer events that their overlay list does not cover, with the digest of these."""
    return {
        user: digest
        for user, digest in histories(since).items()
        if base.overlaid.get(user) != digest and base.shown.to(user) == base.pub_id
    }


def histories(since: Tables) -> dict[str, str]:
    """Digest of the events of each user who has any, whatever their order."""
    found = digests.histories(since.interactions, digests.hashed(since.item_ids), since.timed)
    active = np.diff(since.interactions.starts) > 0
    return {user: f"{digest:016x}" for user, digest in zip(since.user_ids[active], found[active], strict=True)}


def fold_in(
    made: stages.Inputs, since: Tables, user_ids: Sequence[str], settings: Settings, as_of: date
) -> pd.DataFrame:
    """Lists of some users by the models that were made, with what came since: user_id, item_ids, scores, reasons,
    terms.

    Users that the models do not know are served from their events alone; items that they do not know weigh 0. What is
    unavailable by now is not recommended.
    """
    known = tables.read(made["ingest"][0])
    models = signals_stage.read(made["signals"][0]).under(rules_of(known, settings.lists))
    ranker = ranker_stage.read(made["ranker"][0]).ranker
    offered = np.isin(known.item_ids, since.item_ids[since.available])
    words = Words(known.titles, interests_stage.read_names(made["interests"][0]))
    requests = _requests(known, since, user_ids, as_of, made["ingest"][0])
    shown, reasons = recommend(models.within(offered), ranker, requests, settings, words)
    return pd.DataFrame(
        {
            USER_ID: list(user_ids),
            ITEM_IDS: [known.item_ids[listed.item].tolist() for listed in shown],
            SCORES: [listed.score for listed in shown],
            **as_columns(reasons),
        }
    )


def _requests(known: Tables, since: Tables, user_ids: Sequence[str], as_of: date, ingested: Manifest) -> Requests:
    """The users' requests when a run of that day asks; rows of users are those of the models, -1 for who is new.

    They are tired of what they were tired of when the models were made.
    """
    history = recent.joined(known, since, user_ids)
    user = pd.Index(known.user_ids).get_indexer(list(user_ids)).astype(np.int32)
    tired = fatigue.read(ingested, np.array(user_ids, object), known.item_ids)
    return Requests(history, np.full(len(user_ids), tables.end_of(as_of)), user, tired=tired)


def _batches(
    made: pd.DataFrame, histories: dict[str, str], since: Tables, settings: Settings
) -> Iterator[pa.RecordBatch]:
    """The lists that are not empty, checked, each with the digest of the events it knows."""
    served = made[[len(items) > 0 for items in made[ITEM_IDS]]]
    table = pa.Table.from_pandas(served, schema=TYPES, preserve_index=False)
    offered = lists.offered(pa.array(since.item_ids[since.available], pa.string()))
    for batch in lists.judged(table.to_batches(lists.BATCH_ROWS), offered, Path(settings.store, "refresh")):
        found = [histories[user] for user in batch.column(USER_ID).to_pylist()]
        yield batch.append_column(HISTORY, pa.array(found, pa.string()))
