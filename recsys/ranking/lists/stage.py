"""Stage `rank`: the recommendations of one shard of the users."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa

from recsys.events import digests, fatigue, tables
from recsys.events.split import Requests, now
from recsys.events.tables import Tables
from recsys.interests import stage as interests_stage
from recsys.ranking.lists import baselines, kept, population, provenance
from recsys.ranking.lists.kept import Verdict
from recsys.ranking.lists.provenance import Earlier
from recsys.ranking.lists.reasons import Words, as_columns
from recsys.ranking.lists.recommend import recommend
from recsys.ranking.lists.rules import rules_of
from recsys.ranking.models import Models
from recsys.ranking.ranker import stage as ranker_stage
from recsys.ranking.ranker.experts import Ranker
from recsys.ranking.signals import stage as signals_stage
from recsys.schema import ITEM_IDS, MADE_ON, REASONS, SCORES, TERMS, USER_ID
from recsys.settings import Settings
from recsys.stages import Job, Result, shards

log = logging.getLogger(__name__)

TYPES = pa.schema(
    [
        (USER_ID, pa.string()),
        (ITEM_IDS, pa.list_(pa.string())),
        (SCORES, pa.list_(pa.float32())),
        (REASONS, pa.list_(pa.string())),
        (TERMS, pa.list_(pa.string())),
    ]
)


def run(job: Job) -> Result:
    """Writes recommendations.parquet: one row a user of the shard, sorted by user_id; baselines.parquet;
    provenance.parquet: what each list was made of, by which a later day knows whether to keep it; and the first shard
    fallback.parquet: the list of an unknown user.

    Lists are made for users with a change since an earlier day and for users who are due; the others are kept.
    A user who has seen all that is available gets no row, and so is served the list of the population.
    """
    tabled, interests = tables.read(job.manifest("ingest")), interests_stage.read_names(job.manifest("interests"))
    models = signals_stage.read(job.manifest("signals")).under(rules_of(tabled, job.settings.lists))
    learnt, words = ranker_stage.read(job.manifest("ranker")), Words(tabled.titles, interests)
    users = digests.hashed(tabled.user_ids)
    rows = digests.in_shard(users, job.shard, len(shards("rank", job.settings)))
    drift = interests_stage.read_drift(job.manifest("interests"))
    everybody = now(tabled.interactions, tabled.request_time(job.as_of), drift)
    tired = fatigue.read(job.manifest("ingest"), tabled.user_ids, tabled.item_ids)
    requests = replace(everybody, tired=tired).part(rows)
    known = provenance.known_of(tabled, users, rows, requests, models.available, interests)
    earlier, why = kept.read(job)
    verdict = kept.judge(known, earlier, why, job)
    asked = requests.part(np.flatnonzero(~verdict.kept).astype(np.int32))
    made = _made(models, learnt.ranker, asked, job.settings, tabled, words)
    lists, made_on = _joined(made, earlier, verdict, job)
    provenance.write(known, lists, made_on, job.folder)
    if job.shard == 0:
        made_for_all = population.fallback(
            models, learnt.ranker, tabled, tabled.request_time(job.as_of), job.settings, words
        )
        made_for_all.to_parquet(job.folder / population.FILE, index=False)
    sampled = requests.part(baselines.sampled(known.user_ids, len(tabled.user_ids)))
    table = baselines.lists(models, learnt.without_transfer, sampled, job.settings)
    _named(table, tabled).to_parquet(job.folder / "baselines.parquet", index=False, schema=baselines.TYPES)
    return Result(rows=_counts(lists, verdict, why), facts={**kept.facts(job), "why": why})


def _made(
    models: Models, ranker: Ranker, requests: Requests, settings: Settings, tabled: Tables, words: Words
) -> pa.Table:
    """The lists of these requests, in their order; a list may be empty."""
    shown, reasons = recommend(models, ranker, requests, settings, words)
    columns = {
        USER_ID: tabled.user_ids[requests.user],
        ITEM_IDS: [tabled.item_ids[made.item].tolist() for made in shown],
        SCORES: [made.score for made in shown],
        **as_columns(reasons),
    }
    return pa.table(columns, TYPES)


def _joined(made: pa.Table, earlier: Earlier | None, verdict: Verdict, job: Job) -> tuple[pa.Table, np.ndarray]:
    """Lists made and kept, and the day on which each was made; a row a user, in their order."""
    made_on = np.full(len(verdict.place), job.as_of, object)
    if earlier is None:
        return made, made_on
    taken = verdict.place[verdict.kept]
    made_on[verdict.kept] = earlier.provenance[MADE_ON].take(taken).to_pylist()
    order = np.argsort(np.concatenate([np.flatnonzero(~verdict.kept), np.flatnonzero(verdict.kept)]))
    return pa.concat_tables([made, earlier.lists.take(taken)]).take(order), made_on


def _counts(lists: pa.Table, verdict: Verdict, why: str) -> dict[str, int]:
    """How many lists there are, how many of them are kept, and why the others were made."""
    length = lists[ITEM_IDS].combine_chunks().value_lengths().to_numpy()
    served = int((length > 0).sum())
    made = int((~verdict.kept).sum())
    log.info("rank: %s", f"all lists are made: {why}" if why else f"{made} lists are made, {len(length) - made} kept")
    counts = {
        "users": served,
        "users who have seen everything": len(length) - served,
        "recommendations": int(length.sum()),
        "lists kept": len(length) - made,
        "lists made": made,
    }
    reasons = {} if why else Counter(verdict.why[~verdict.kept].tolist())
    return counts | {f"made: {reason}": count for reason, count in sorted(reasons.items())}


def _named(table: pd.DataFrame, known: Tables) -> pd.DataFrame:
    """Rows of users and items as their ids."""
    items = pd.Series([known.item_ids[row[row >= 0]].tolist() for row in table[ITEM_IDS]], table.index, object)
    return table.assign(**{USER_ID: known.user_ids[table[USER_ID].to_numpy(int)], ITEM_IDS: items})
