"""Stage `transfer`: from users' own distributions to shifted ones, with the trace of every transfer."""

from __future__ import annotations

import json
import logging

import numpy as np
import pyarrow.parquet as pq

from recsys import objects
from recsys.artifacts import Manifest
from recsys.events import tables
from recsys.events.split import now
from recsys.interests import stage as interests_stage
from recsys.stages import Job, Result
from recsys.transfer import model
from recsys.transfer.donors.cohort import Cohort
from recsys.transfer.trace import trace

log = logging.getLogger(__name__)

FILE = "transfer.npy"
SHOWN = 10
"""Suppressed cohorts that are named."""


def run(job: Job) -> Result:
    """Writes trace.parquet, estimates.json, and the fitted transfer: transfer.npy and transfer.tree."""
    known = tables.read(job.manifest("ingest"))
    interests = job.manifest("interests")
    membership, drift = interests_stage.read(interests).membership, interests_stage.read_drift(interests)
    fitted = model.fit(known.interactions, membership, known.side, job.settings, known.timed, drift)
    profiles = fitted.profiles(now(known.interactions, known.request_time(job.as_of), drift))
    donors = [donor.name for donor in fitted.donors]
    pq.write_table(trace(profiles, list(known.user_ids), donors), job.folder / "trace.parquet")
    (job.folder / "estimates.json").write_text(json.dumps(model.describe(fitted.estimates), indent=1))
    objects.write(fitted, job.folder / FILE)
    is_open = sum(found.is_open for found in fitted.estimates)
    rows = {"users": len(known.user_ids), "open segments": is_open}
    metrics = {"alpha_mean": float(np.mean(profiles.alpha))}
    suppressed = [value for donor in fitted.donors if isinstance(donor, Cohort) for value in donor.suppressed]
    if suppressed:
        log.warning(
            "transfer: %d cohorts are suppressed, for they would tell of few who have, or lack, a value: %s",
            len(suppressed),
            ", ".join(suppressed[:SHOWN]),
        )
    rows["cohorts suppressed"] = len(suppressed)
    return Result(rows=rows, metrics=metrics, facts={"donors": ", ".join(donors)})


def read(made: Manifest) -> model.Transfer:
    """The fitted transfer of this stage."""
    return objects.read(made.path(FILE), model.Transfer)
