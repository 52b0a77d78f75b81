"""Stage `load`: the lists of a shard into Postgres, beside the other shards; `publish` shows all of them at once."""

from __future__ import annotations

from recsys.publish.connection import database_url
from recsys.publish.loading import load_shard
from recsys.publish.stage import draft
from recsys.stages import Job, Result


def run(job: Job) -> Result:
    """Loads the lists of the job's shard."""
    counts = load_shard(database_url(), draft(job), job.shard, job.settings.database)
    return Result({"users": counts.users, "recommendations": counts.recommendations})
