"""Stage `signals`: everything that nominates and scores items, brought up to date with all that is known of the day."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import date

import numpy as np
import pandas as pd

from recsys import objects
from recsys.artifacts import Manifest
from recsys.events import tables
from recsys.events.tables import Strings, Tables, end_of
from recsys.interests import stage as interests_stage
from recsys.ranking import clock, models
from recsys.ranking.candidates import columns_of
from recsys.ranking.models import Models
from recsys.ranking.ranker import served, window
from recsys.ranking.ranker.served import Earlier
from recsys.ranking.signals.sequence import SequenceSignal
from recsys.ranking.signals.sequence_model.sequence import Sequence, aligned
from recsys.ranking.world import World, world_of
from recsys.schema import ITEM_ID, USER_ID
from recsys.stages import Job, Result
from recsys.transfer import stage as transfer_stage

log = logging.getLogger(__name__)

FILE = "models.npy"
IDS = {USER_ID: "user_ids.parquet", ITEM_ID: "item_ids.parquet"}


def run(job: Job) -> Result:
    """Writes models.npy, which those who read it map, and models.tree; ids of users and items, and the window.

    The window holds what an earlier day's models nominate for requests since. The sequence model resumes training from
    that of an earlier day until `ranking.learn_every_days` have passed; everything else is counted and solved anew.
    """
    known = tables.read(job.manifest("ingest"))
    world = world_of(known, interests_stage.read(job.manifest("interests")))
    why = clock.due(job, FILE)
    log.info("signals: the sequence model %s", f"is trained anew: {why}" if why else "resumes from the day before")
    earlier = _earlier(job)
    requests = _ask(earlier, job, known)
    network = None if why or earlier is None else _network(earlier, world, known.item_ids)
    del earlier
    transfer = transfer_stage.read(job.manifest("transfer"))
    fitted = models.fit(known.interactions, world, job.settings, transfer, network)
    objects.write(fitted, job.folder / FILE)
    for column, ids in ((USER_ID, known.user_ids), (ITEM_ID, known.item_ids)):
        pd.DataFrame({column: ids}).to_parquet(job.folder / IDS[column], index=False)
    rows = {"signals": len(fitted.signals), "items": len(known.item_ids), "users": len(known.user_ids)}
    return Result(rows={**rows, "requests": requests}, facts=clock.facts(job, why))


def read(made: Manifest) -> Models:
    """The fitted models of this stage."""
    return objects.read(made.path(FILE), Models)


def _earlier(job: Job) -> Earlier | None:
    """The models of an earlier day; None where they cannot be used."""
    why = clock.unusable(job, FILE)
    if why or job.earlier is None:
        log.info("signals: no models of an earlier day are asked for requests since: %s", why)
        return None
    users, items = (np.asarray(pd.read_parquet(job.earlier.path(file))[column], object) for column, file in IDS.items())
    return Earlier(read(job.earlier), users, items, end_of(date.fromisoformat(job.earlier.as_of)))


def _ask(earlier: Earlier | None, job: Job, known: Tables) -> int:
    """Writes the window of examples that an earlier day's models bring, and returns how many requests it has."""
    if earlier is None or job.earlier is None:
        return 0
    if not known.timed:
        log.debug("signals: an order stands in for times, so that nothing came since an earlier day")
        return 0
    if len(earlier.user_ids) != job.earlier.rows["users"]:
        log.info("signals: no models of an earlier day are asked: their rows are those of a user who is forgotten, too")
        return 0
    before = window.read(job.earlier.path(window.FILE), columns_of(earlier.models.signals))
    found = served.window(earlier, before, known, job.as_of, job.settings)
    window.write(found, job.folder / window.FILE)
    log.info("signals: requests to learn from, by kind: %s", dict(Counter(found.kind.tolist())) or "none")
    return len(found.kind)


def _network(earlier: Earlier, world: World, item_ids: Strings) -> Sequence:
    """The sequence model of an earlier day, with the items of today."""
    network = next(signal.model for signal in earlier.models.signals if isinstance(signal, SequenceSignal))
    rows = pd.Index(earlier.item_ids).get_indexer(item_ids).astype(np.int32)
    return aligned(network, rows, world.items.directions)
