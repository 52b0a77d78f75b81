"""Stage `ranker`: the ranker, learnt when it is due; between that the one of the day before is kept."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

import joblib
import numpy as np
import pandas as pd

from recsys.artifacts import Manifest, code_version, fingerprint
from recsys.events import tables
from recsys.events.interactions import Interactions
from recsys.events.split import Requests
from recsys.events.tables import Tables
from recsys.interests import stage as interests_stage
from recsys.ranking.candidates import Column, columns_of
from recsys.ranking.lists.reasons import Words
from recsys.ranking.lists.recommend import recommend
from recsys.ranking.models import Models
from recsys.ranking.ranker import backcast
from recsys.ranking.ranker.examples import Examples, without_transfer
from recsys.ranking.ranker.experts import Ranker, train
from recsys.ranking.signals import stage as signals_stage
from recsys.ranking.world import world_of
from recsys.schema import ITEM_IDS, REASONS, SCORES
from recsys.settings import Settings
from recsys.stages import Job, Result

log = logging.getLogger(__name__)

SECTIONS = ("events", "interests", "transfer", "ranking")
"""Sections of the settings that a ranker is learnt with."""


@dataclass(frozen=True)
class Learnt:
    """A ranker, and that of the no-transfer arm."""

    ranker: Ranker
    without_transfer: Ranker
    columns: tuple[Column, ...]
    """Features that it was learnt on."""


def run(job: Job) -> Result:
    """Writes ranker.joblib, and fallback.parquet: the list of an unknown user."""
    models = signals_stage.read(job.one("signals"))
    why = due(job, models)
    if why:
        log.info("ranker: learnt anew, for %s", why)
        learnt, rows = _learn(job, columns_of(models.signals))
        since = job.as_of.isoformat()
    else:
        assert job.earlier is not None
        learnt, rows, since = read(job.earlier), {}, job.earlier.facts["learnt_on"]
        log.info("ranker: kept, learnt on %s", since)
    joblib.dump(learnt, job.folder / "ranker.joblib")
    _fallback(models, learnt.ranker, job).to_parquet(job.folder / "fallback.parquet", index=False)
    version = f"{job.inputs['features'][0].facts['model_version']}+{job.one('transfer').fingerprint[:8]}"
    facts = {"model_version": version, "learnt_on": since, "learnt_with": _digest(job.settings), "why": why}
    return Result(rows=rows, facts=facts)


def due(job: Job, models: Models) -> str:
    """Why the ranker is to be learnt now; empty where the one of the day before is kept."""
    if job.earlier is None:
        return "there is none of an earlier day"
    if job.earlier.facts.get("learnt_with") != _digest(job.settings):
        return "settings or code differ"
    age = (job.as_of - date.fromisoformat(job.earlier.facts["learnt_on"])).days
    if age >= job.settings.ranking.learn_every_days:
        return f"the last one was learnt {age} days ago"
    if read(job.earlier).columns != columns_of(models.signals):
        return "the signals differ"
    return ""


def fit_rankers(examples: Sequence[Examples], settings: Settings) -> tuple[Ranker, Ranker]:
    """The ranker of the product, and that of the no-transfer arm; the same where transfer is disabled."""
    chosen = examples if settings.transfer.enabled else without_transfer(examples)
    return train(chosen, settings.ranking.seed)


def read(made: Manifest) -> Learnt:
    """The ranker of this stage."""
    return cast(Learnt, joblib.load(made.path("ranker.joblib")))


def _learn(job: Job, columns: tuple[Column, ...]) -> tuple[Learnt, dict[str, int]]:
    """The ranker learnt from backcasts, and how many examples there were."""
    known = tables.read(job.one("ingest"))
    world = world_of(known, interests_stage.read(job.one("interests")), job.settings.ranking)
    examples = backcast.examples(known.interactions, world, job.settings)
    rows = {"examples": sum(len(kind.chosen) for kind in examples),
            "chosen": int(sum(kind.chosen.sum() for kind in examples))}  # fmt: skip
    return Learnt(*fit_rankers(examples, job.settings), columns), rows


def _digest(settings: Settings) -> str:
    """Of what a ranker is learnt with besides data: a kept one must fit the code that reads it."""
    return fingerprint(code_version(), {name: getattr(settings, name).model_dump(mode="json") for name in SECTIONS})


def _fallback(models: Models, ranker: Ranker, job: Job) -> pd.DataFrame:
    known: Tables = tables.read(job.one("ingest"))
    nothing = np.zeros(0, np.int32)
    empty = Interactions(nothing, nothing, np.zeros(0, np.float32), np.zeros(0), 1, len(known.item_ids))
    unknown = Requests(empty, np.array([known.moment(job.as_of)]), np.array([-1], np.int32))
    words = Words(known.titles, interests_stage.read_names(job.one("interests")))
    (shown,), (reasons,) = recommend(models, ranker, unknown, job.settings, words)
    return pd.DataFrame({
        "audience": ["population"], ITEM_IDS: [known.item_ids[shown.item].tolist()],
        SCORES: [shown.score.astype(np.float32)], REASONS: [reasons],
    })  # fmt: skip
