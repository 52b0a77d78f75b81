"""Stage `monitor`: what there is to be known of a day once it is published, recorded and sent on.

It comes last, and what it finds or fails at takes nothing back: what is live stays live.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
from psycopg2.extensions import cursor

from recsys.events import tables
from recsys.feedback import measured
from recsys.interests import stage as interests_stage
from recsys.monitor import gauges, record, training
from recsys.monitor.answered import measures_of
from recsys.monitor.costs import costs
from recsys.monitor.dead_rows import dead_rows
from recsys.monitor.drifts import drifts
from recsys.monitor.live import live
from recsys.monitor.measures import Measure, Usual
from recsys.monitor.people import people, quality
from recsys.monitor.served import served
from recsys.monitor.volume import volume
from recsys.publish import quality as publication_quality
from recsys.publish import roles
from recsys.publish.connection import database_url, session
from recsys.stages import Job, Result

log = logging.getLogger(__name__)

LIVE = ("yes", "already live", "live again")
"""What the stage `publish` returns for a day that readers see."""
IN_ARM = "in the arm"
"""What it returns for a day that the users of an arm see: the day's record is that of the live set."""


def run(job: Job) -> Result:
    """Records the day, and its evaluation with the publication, and sends the day to StatsD.

    The fact `train` records whether to train, or why not.
    """
    with session(database_url(), job.settings.database) as db:
        roles.act_as_publisher(db)
        answered = measures_of(measured.measure(db, job.as_of, job.settings.feedback))
        with db, db.cursor() as work:
            publication_quality.record(work, job.manifest("publish"), job.manifest("evaluate"))
            found = [one for one in (*_measures(job, work), *answered) if math.isfinite(one.value)]
            if job.manifest("publish").facts.get("published") == IN_ARM:
                return Result({"measures": 0, "over": 0}, {}, {"over": "", "train": "no: the day of an arm"})
            record.take_turn(work)  # so that of two runs of one day only one asks for a training
            train = training.decide(work, job.as_of, found, _is_live(job), job.settings.monitor)
            record.replace(work, job.as_of, [*found, *training.kept(work, job.as_of, train)])
    gauges.send(found, job.settings.monitor)
    over = [one for one in found if one.over]
    for one in over:
        log.warning("monitor: %s %s is %.4g, beyond %.4g", one.metric, one.part, one.value, one.bound)
    metrics = {one.metric: one.value for one in found if not one.part}
    return Result(
        {"measures": len(found), "over": len(over)},
        metrics,
        {"over": ", ".join(" ".join(filter(None, (one.metric, one.part))) for one in over), "train": train},
    )


def _measures(job: Job, work: cursor) -> Iterator[Measure]:
    usual = record.usual(work, job.as_of)
    yield from _input(job, usual)
    metrics = pd.read_parquet(job.manifest("evaluate").path("metrics.parquet"))
    yield from quality(metrics, usual, job.settings.monitor)
    trace = pd.read_parquet(job.manifest("transfer").path("trace.parquet"), columns=["segment", "alpha"])
    yield from people(trace, job.manifest("publish").rows["users"], job.settings.monitor)
    yield from live(work)
    yield from served(work, job.as_of)
    yield from costs(job.inputs, job.manifest("publish").rows["users"], job.settings.monitor)
    yield from dead_rows(work, job.settings.monitor)


def _input(job: Job, usual: Usual) -> Iterator[Measure]:
    ingested, bounds = job.manifest("ingest"), job.settings.monitor
    known, done = tables.read(ingested), tables.read_actions(ingested)
    yield from volume(ingested.rows, known.interactions.day, len(known.user_ids), job.as_of, usual, bounds)
    membership = interests_stage.read(job.manifest("interests")).membership.astype(float)
    yield from drifts(known, done, membership, bounds, np.random.default_rng(job.settings.seed))


def _is_live(job: Job) -> bool:
    return job.manifest("publish").facts.get("published") in LIVE
