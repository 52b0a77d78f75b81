"""Stage `rank`: the recommendations of one shard of the users."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from recsys.events import tables
from recsys.events.split import now
from recsys.interests import stage as interests_stage
from recsys.ranking import stage as ranker_stage
from recsys.ranking.reasons import Words
from recsys.ranking.recommend import recommend
from recsys.schema import ITEM_IDS, REASONS, SCORES, USER_ID
from recsys.stages import Job, Result, shards

TYPES = pa.schema([
    (USER_ID, pa.string()), (ITEM_IDS, pa.list_(pa.string())),
    (SCORES, pa.list_(pa.float32())), (REASONS, pa.list_(pa.string())),
])  # fmt: skip


def run(job: Job) -> Result:
    """Writes recommendations.parquet: one row a user of the shard, sorted by user_id.

    A user who has seen all that is available gets no row, and so is served the list of the population.
    """
    known = tables.read(job.one("ingest"))
    models, ranker = ranker_stage.read(job.one("ranker"))
    words = Words(known.titles, interests_stage.read_names(job.one("interests")))
    count = len(shards("rank", job.settings))
    rows = np.array_split(np.arange(len(known.user_ids), dtype=np.int32), count)[job.shard]
    drift = interests_stage.read_drift(job.one("interests"))
    requests = now(known.interactions, known.moment(job.as_of), drift).part(rows)
    shown, reasons = recommend(models, ranker, requests, job.settings, words)
    lists = pd.DataFrame({
        USER_ID: known.user_ids[rows], ITEM_IDS: [known.item_ids[one.item].tolist() for one in shown],
        SCORES: [one.score for one in shown], REASONS: reasons,
    })  # fmt: skip
    served = lists[lists[ITEM_IDS].map(len) > 0]
    served.to_parquet(job.folder / "recommendations.parquet", index=False, schema=TYPES)
    counts = {"users": len(served), "users who have seen everything": len(lists) - len(served)}
    return Result(rows={**counts, "recommendations": int(served[ITEM_IDS].map(len).sum())})
