"""Lists of the users who did something since the live set was made, by its own models: nothing is trained.

A user's new history is folded in: signals, ranker and rules see it as they would in a full run of that day, so the
list is the one that a full run with the same models makes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from recsys import stages
from recsys.artifacts import Manifest
from recsys.errors import DataError, TransientError
from recsys.events import tables
from recsys.events.split import Requests
from recsys.events.tables import Tables
from recsys.interests import stage as interests_stage
from recsys.privacy.forgotten import Forgotten
from recsys.publish import erasure, lists, overlay, pointer, roles
from recsys.publish.connection import session
from recsys.ranking.lists.reasons import Words
from recsys.ranking.lists.recommend import recommend
from recsys.ranking.lists.stage import TYPES
from recsys.ranking.ranker import stage as ranker_stage
from recsys.ranking.signals import stage as signals_stage
from recsys.schema import ACTION, ITEM_ID, ITEM_IDS, OCCURRED_AT, REASONS, SCORES, USER_ID, VALUE
from recsys.settings import Settings

HISTORY = "history"


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did."""

    pub_id: int | None
    """The publication it was laid over; None: nothing is live."""
    users: int
    """Users whose events are others than those that their list knows."""
    laid: int
    """Lists laid over; users who have seen everything get none."""


def refresh(dsn: str, settings: Settings, as_of: date) -> Refreshed:
    """Lays lists over the live set for users whose events up to `as_of` are others than those it knows.

    Source and models are those of the live set, and so are the settings that made it, whatever `settings` say.
    Raises as `publish` does, `DataError` for a day before that of the live set, and `TransientError` when somebody is
    forgotten meanwhile.
    """
    with session(dsn, settings.database) as db:
        roles.act_as_publisher(db)
        with db, db.cursor() as work:
            base = overlay.base(work)
        if base is None:
            return Refreshed(None, 0, 0)
        if as_of < base.as_of:
            raise DataError("the live set is of a later day", seen=str(as_of), expected=f"{base.as_of} or later",
                            where=f"publication {base.pub_id}")  # fmt: skip
        if "signals" not in base.made:
            raise DataError("the live set was made by an earlier version", where=f"publication {base.pub_id}",
                            seen=", ".join(sorted(base.made)), expected="models of the stage signals",
                            remedy="run the daily job: the next publication can be refreshed")  # fmt: skip
        forgotten = Forgotten(settings.store).digest()
        erasure.refuse_marked(base.made)
        settings = settings.model_copy(
            update={name: getattr(Settings(**base.settings), name) for name in base.settings}
        )
        ingested = stages.run("ingest", settings, as_of, {})
        now, fresh = tables.read(ingested), changed(base, ingested)
        if not fresh:
            return Refreshed(base.pub_id, 0, 0)
        made = fold_in(base.made, now, list(fresh), settings, as_of)
        with db, db.cursor() as work:
            pointer.take_turn(work)
            _refuse_forgotten_since(forgotten, settings.store)
            laid = overlay.lay(work, base, as_of, _batches(made, fresh, ingested, settings))
    return Refreshed(base.pub_id, len(fresh), laid)


def _refuse_forgotten_since(before: str, store: str) -> None:
    """Raises `TransientError` when the list of those who are forgotten is no longer the one of that digest."""
    if Forgotten(store).digest() != before:
        raise TransientError("a user was forgotten while lists were made, so none was laid", where=store,
                             remedy="run the refresh again: it leaves that user out")  # fmt: skip


def changed(base: overlay.Base, ingested: Manifest) -> dict[str, str]:
    """Users whose events differ from those their list knows, with the digest of those they have now."""
    before = {**histories(base.made["ingest"][0]), **base.laid}
    return {user: digest for user, digest in histories(ingested).items() if before.get(user) != digest}


def histories(ingested: Manifest) -> dict[str, str]:
    """Digest of each user's events, whatever their order."""
    columns = [USER_ID, ITEM_ID, ACTION, OCCURRED_AT, VALUE]
    events = pd.read_parquet(ingested.path("events.parquet"), columns=columns)
    rows = pd.util.hash_pandas_object(events, index=False)
    sums = rows.groupby(events[USER_ID].astype(str), sort=True).agg(["sum", "size"])
    return {user: f"{digest:016x}-{size}" for user, digest, size in sums.itertuples()}


def fold_in(made: stages.Inputs, now: Tables, user_ids: Sequence[str], settings: Settings, as_of: date) -> pd.DataFrame:
    """Lists of some users by the models that were made, with what is known now: user_id, item_ids, scores, reasons.

    Users and items that the models do not know are strangers to them: such users are served from their events alone,
    such items count for nothing. What is unavailable by now is not recommended.
    """
    known = tables.read(made["ingest"][0])
    models, ranker = signals_stage.read(made["signals"][0]), ranker_stage.read(made["ranker"][0]).ranker
    offered = np.isin(known.item_ids, now.item_ids[now.available])
    words = Words(known.titles, interests_stage.read_names(made["interests"][0]))
    requests = _requests(known, now, user_ids, as_of)
    shown, reasons = recommend(models.within(offered), ranker, requests, settings, words)
    return pd.DataFrame({
        USER_ID: list(user_ids), ITEM_IDS: [known.item_ids[one.item].tolist() for one in shown],
        SCORES: [one.score for one in shown], REASONS: reasons,
    })  # fmt: skip


def _requests(known: Tables, now: Tables, user_ids: Sequence[str], as_of: date) -> Requests:
    """The users' requests when a run of that day asks; rows of users are those of the models, -1 for who is new."""
    moment = tables.end_of(as_of) if known.timed else now.interactions.end
    asked = now.interactions.of_users(pd.Index(now.user_ids).get_indexer(list(user_ids)).astype(np.int32))
    item = pd.Index(known.item_ids).get_indexer(now.item_ids).astype(np.int32)[asked.item]
    met = replace(asked, item=item, n_items=len(known.item_ids)).take(item >= 0)
    user = pd.Index(known.user_ids).get_indexer(list(user_ids)).astype(np.int32)
    return Requests(met, np.full(len(user_ids), moment), user)


def _batches(
    made: pd.DataFrame, histories: dict[str, str], ingested: Manifest, settings: Settings
) -> Iterator[pa.RecordBatch]:
    """The lists that are not empty, checked, each with the digest of the events it knows."""
    served = made[[len(items) > 0 for items in made[ITEM_IDS]]]
    table = pa.Table.from_pandas(served, schema=TYPES, preserve_index=False)
    offered = lists.catalogue(ingested.path("items.parquet"))
    for batch in lists.judged(table.to_batches(lists.BATCH_ROWS), offered, Path(settings.store, "refresh")):
        digests = [histories[user] for user in batch.column(USER_ID).to_pylist()]
        yield batch.append_column(HISTORY, pa.array(digests, pa.string()))
