"""Stage `ranker`: the ranker, learnt when it is due; in between the previous day's ranker is kept."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recsys import objects
from recsys.artifacts import Manifest
from recsys.events import tables
from recsys.events.tables import Tables
from recsys.interests import stage as interests_stage
from recsys.ranking import clock
from recsys.ranking.candidates import Column, columns_of
from recsys.ranking.ranker import backcast, window
from recsys.ranking.ranker.examples import Examples, without_transfer
from recsys.ranking.ranker.experts import Ranker, train
from recsys.ranking.signals import stage as signals_stage
from recsys.ranking.world import world_of
from recsys.settings import Settings
from recsys.stages import Job, Result

log = logging.getLogger(__name__)

FILE = "ranker.npy"


@dataclass(frozen=True)
class Learnt:
    """A ranker, and that of the no-transfer arm."""

    ranker: Ranker
    without_transfer: Ranker
    columns: tuple[Column, ...]
    """Features that it was learnt on."""


def run(job: Job) -> Result:
    """Writes ranker.npy and ranker.tree."""
    models, known = signals_stage.read(job.manifest("signals")), tables.read(job.manifest("ingest"))
    columns = columns_of(models.signals)
    learnt, why = _kept(job, columns)
    facts = clock.facts(job, why)
    log.info("ranker: %s", f"learnt anew: {why}" if why else f"kept, learnt on {facts['learnt_on']}")
    rows: dict[str, int] = {}
    if learnt is None:
        examples, rows, facts["backcast"] = _examples(job, known, columns)
        learnt = Learnt(*fit_rankers(examples, job.settings), columns)
    objects.write(learnt, job.folder / FILE)
    version = f"{job.inputs['features'][0].facts['model_version']}+{job.manifest('transfer').fingerprint[:8]}"
    return Result(rows=rows, facts={"model_version": version, **facts})


def fit_rankers(examples: Sequence[Examples], settings: Settings) -> tuple[Ranker, Ranker]:
    """The ranker of the product, and that of the no-transfer arm; the same where transfer is disabled."""
    seed = settings.seed
    alone = train(without_transfer(examples), seed)
    transfers = settings.transfer.enabled and any(
        column.transfers for kind in examples for column in kind.candidates.columns
    )
    return (train(examples, seed) if transfers else alone), alone


def read(made: Manifest) -> Learnt:
    """The ranker of this stage."""
    return objects.read(made.path(FILE), Learnt)


def _kept(job: Job, columns: tuple[Column, ...]) -> tuple[Learnt | None, str]:
    """The ranker of an earlier day, or None and why it is to be learnt anew."""
    why = clock.due(job, FILE)
    if why or job.earlier is None:
        return None, why
    earlier = read(job.earlier)
    return (earlier, "") if earlier.columns == columns else (None, "the signals differ")


def _examples(job: Job, known: Tables, columns: tuple[Column, ...]) -> tuple[list[Examples], dict[str, int], str]:
    """What there is to learn from, how much of it came from where, and in words which kinds a backcast was asked for.

    It is asked for those of which the window has fewer positive candidates than `MIN_REQUESTS`.
    """
    kept = window.read(job.manifest("signals").path(window.FILE), columns)
    served, days = (kept.by_kind(), len(np.unique(kept.day))) if kept else ({}, 0)
    enough = [kind for kind, examples in served.items() if examples.positive.sum() >= backcast.MIN_REQUESTS]
    world = world_of(known, interests_stage.read(job.manifest("interests")))
    made = backcast.examples(known.interactions, world, job.settings, enough)
    asked = ("all kinds" + f" but {', '.join(enough)}" * bool(enough)) if made else "none"
    examples = [*served.values(), *made]
    rows = {"examples": _count(examples), "positives": int(sum(kind.positive.sum() for kind in examples))}
    rows |= {"examples of a backcast": _count(made), "days of requests": days}
    text = "ranker: learns from %d examples of requests on %d days and %d of a backcast (%s)"
    log.info(text, _count(list(served.values())), days, _count(made), asked)
    return examples, rows, asked


def _count(examples: Sequence[Examples]) -> int:
    return sum(len(kind.positive) for kind in examples)
