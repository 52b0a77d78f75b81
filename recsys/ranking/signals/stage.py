"""Stage `signals`: everything that nominates and scores items, brought up to date with all that is known of the day."""

from __future__ import annotations

import logging
from datetime import date
from typing import cast

import joblib
import numpy as np
import pandas as pd

from recsys.artifacts import Manifest, code_version, fingerprint
from recsys.events import tables
from recsys.interests import stage as interests_stage
from recsys.privacy.files import MARK
from recsys.ranking import models
from recsys.ranking.models import Models
from recsys.ranking.signals.sequence import SequenceSignal
from recsys.ranking.signals.sequence_model.sequence import Sequence, aligned
from recsys.ranking.world import World, world_of
from recsys.schema import ITEM_ID
from recsys.settings import Settings
from recsys.stages import Job, Result
from recsys.transfer import stage as transfer_stage

log = logging.getLogger(__name__)


def run(job: Job) -> Result:
    """Writes models.joblib, whose arrays are mapped by those who read it, and item_ids.parquet.

    The sequence model resumes training from that of an earlier day until `ranking.learn_every_days` have passed;
    everything else is counted and solved anew.
    """
    known = tables.read(job.one("ingest"))
    world = world_of(known, interests_stage.read(job.one("interests")), job.settings.ranking)
    why = trained_anew(job)
    earlier = None if why or job.earlier is None else _earlier(job.earlier, world, known.item_ids)
    log.info("signals: the sequence model %s", f"is trained anew: {why}" if why else "resumes from the day before")
    transfer = transfer_stage.read(job.one("transfer"))
    fitted = models.fit(known.interactions, world, job.settings, transfer, earlier)
    joblib.dump(fitted, job.folder / "models.joblib")
    pd.DataFrame({ITEM_ID: known.item_ids}).to_parquet(job.folder / "item_ids.parquet", index=False)
    since = job.as_of.isoformat() if why or job.earlier is None else job.earlier.facts["trained_on"]
    facts = {"trained_on": since, "trained_with": _digest(job.settings)}
    return Result(rows={"signals": len(fitted.signals), "items": len(fitted.available)}, facts=facts)


def trained_anew(job: Job) -> str:
    """Why the sequence model is trained anew; empty where it resumes from an earlier day."""
    if job.earlier is None:
        return "there is none of an earlier day"
    if job.earlier.facts.get("trained_with") != _digest(job.settings):
        return "settings or code differ"
    age = (job.as_of - date.fromisoformat(job.earlier.facts["trained_on"])).days
    if age >= job.settings.ranking.learn_every_days:
        return f"the last full training was {age} days ago"
    if job.earlier.path(MARK).exists():
        return "the last one was made with a user who is forgotten"
    return ""


def read(made: Manifest) -> Models:
    """The fitted models of this stage."""
    return cast(Models, joblib.load(made.path("models.joblib"), mmap_mode="r"))


def _earlier(made: Manifest, world: World, item_ids: np.ndarray) -> Sequence:
    """The sequence model of an earlier day, with the items of today."""
    network = next(signal.model for signal in read(made).signals if isinstance(signal, SequenceSignal))
    before = pd.Index(pd.read_parquet(made.path("item_ids.parquet"))[ITEM_ID])
    return aligned(network, before.get_indexer(item_ids).astype(np.int32), world.items.directions)


def _digest(settings: Settings) -> str:
    """Of what the sequence model is trained with besides data."""
    sections = (settings.events, settings.ranking)
    return fingerprint(code_version(), [section.model_dump(mode="json") for section in sections])
