"""Stage `rank`: the recommendations of one shard of the users."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from recsys.events import tables
from recsys.events.split import now
from recsys.events.tables import Tables
from recsys.interests import stage as interests_stage
from recsys.ranking.lists import baselines
from recsys.ranking.lists.reasons import Words
from recsys.ranking.lists.recommend import recommend
from recsys.ranking.ranker import stage as ranker_stage
from recsys.ranking.signals import stage as signals_stage
from recsys.schema import ITEM_IDS, REASONS, SCORES, USER_ID
from recsys.stages import Job, Result, shards

TYPES = pa.schema([
    (USER_ID, pa.string()), (ITEM_IDS, pa.list_(pa.string())),
    (SCORES, pa.list_(pa.float32())), (REASONS, pa.list_(pa.string())),
])  # fmt: skip


def run(job: Job) -> Result:
    """Writes recommendations.parquet: one row a user of the shard, sorted by user_id; and baselines.parquet.

    A user who has seen all that is available gets no row, and so is served the list of the population.
    """
    known = tables.read(job.one("ingest"))
    models, learnt = signals_stage.read(job.one("signals")), ranker_stage.read(job.one("ranker"))
    words = Words(known.titles, interests_stage.read_names(job.one("interests")))
    count = len(shards("rank", job.settings))
    rows = np.array_split(np.arange(len(known.user_ids), dtype=np.int32), count)[job.shard]
    drift = interests_stage.read_drift(job.one("interests"))
    requests = now(known.interactions, known.moment(job.as_of), drift).part(rows)
    shown, reasons = recommend(models, learnt.ranker, requests, job.settings, words)
    lists = pd.DataFrame({
        USER_ID: known.user_ids[rows], ITEM_IDS: [known.item_ids[made.item].tolist() for made in shown],
        SCORES: [made.score for made in shown], REASONS: reasons,
    })  # fmt: skip
    served = lists[lists[ITEM_IDS].map(len) > 0]
    served.to_parquet(job.folder / "recommendations.parquet", index=False, schema=TYPES)
    sampled = requests.part(baselines.sampled(known.user_ids[rows], len(known.user_ids)))
    table = baselines.lists(models, learnt.without_transfer, sampled, job.settings)
    _named(table, known).to_parquet(job.folder / "baselines.parquet", index=False, schema=baselines.TYPES)
    counts = {"users": len(served), "users who have seen everything": len(lists) - len(served)}
    return Result(rows={**counts, "recommendations": int(served[ITEM_IDS].map(len).sum())})


def _named(table: pd.DataFrame, known: Tables) -> pd.DataFrame:
    """Rows of users and items as their ids."""
    items = [known.item_ids[row[row >= 0]].tolist() for row in table[ITEM_IDS]]
    return table.assign(**{USER_ID: known.user_ids[table[USER_ID].to_numpy(int)], ITEM_IDS: items})
