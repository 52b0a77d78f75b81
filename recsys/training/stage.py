"""Stage `finetune`: a language model learns from the events of a day; what it learned is kept, and how good it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from recsys.artifacts import Store, fingerprint
from recsys.language import models, reader
from recsys.settings import Settings
from recsys.stages import Inputs, Job, Result

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from recsys.language.models import Model

MODEL, CARD, BEFORE, AFTER, LOSSES = "model", "README.md", "before.parquet", "quality.parquet", "losses.json"
"""What the stage writes: a folder that `models.find` finds, its card, tables of users, what the trainer logged."""


def version(settings: Settings, inputs: Inputs) -> str:
    """Version of the base."""
    (ingested,) = inputs["ingest"]
    return reader.model_of(settings.training.base, ingested, settings.language.offline).version


def run(job: Job) -> Result:
    """Writes `MODEL` with its `CARD`, `BEFORE` and `AFTER` (`quality.TABLE`), and `LOSSES`."""
    from recsys.events import tables
    from recsys.language.device import device_of
    from recsys.training import held_out, material, quality, saving
    from recsys.training.curves import logged

    settings, ingested = job.settings, job.manifest("ingest")
    device_of(settings.runtime)
    known = tables.read(ingested)
    users = list(known.user_ids)
    cut = held_out.hold_out(known.interactions, list(known.item_ids), settings.training)
    base = reader.model_of(settings.training.base, ingested, settings.language.offline)
    read = material.read(ingested, base, cut, settings)
    with _watched(job, base) as (folder, watchers):
        network = material.train(base, read, ingested, known, settings, folder, watchers)
        kept = saving.keep(network, base, settings.training, job.folder / MODEL)
        (job.folder / LOSSES).write_text(json.dumps(logged(folder)))
        tuned = models.find(str(kept), settings.language.offline)
        before = quality.table(read.vectors, cut, users)
        after = quality.table(material.vectors(ingested, tuned, settings), cut, users)
        before.to_parquet(job.folder / BEFORE)
        after.to_parquet(job.folder / AFTER)
        return _result(job, base, tuned, before, after, int((~cut.judges[cut.train.user]).sum()))


@contextmanager
def _watched(job: Job, base: Model) -> Iterator[tuple[Path, list[Any]]]:
    """Folder of the checkpoints, and who follows the training; what it does not finish is gone on with."""
    from recsys.tracking import trainings
    from recsys.training.checkpoints import kept
    from recsys.training.curves import Curves

    settings, mark = job.settings, mark_of(job, base)
    facts = dict(job.manifest("ingest").facts)
    run_id = trainings.begin(settings, mark, base.version, facts)
    curves = Curves(lambda points: bool(trainings.follow(settings, run_id, points))) if run_id else None
    try:
        with kept(Store(settings.store), mark) as (folder, keepers):
            yield folder, [*keepers, *([curves] if curves else [])]
    except Exception:
        trainings.fail(settings, run_id)
        raise
    finally:
        if curves:
            curves.flush(force=True)


def mark_of(job: Job, base: Model) -> str:
    """What distinguishes a training: its events, its settings, its base and what judges its checkpoints.

    The code that runs it does not.
    """
    from recsys.training.contrastive import RANK

    sections = {name: getattr(job.settings, name).model_dump(mode="json") for name in ("events", "training")}
    return fingerprint(job.manifest("ingest").fingerprint, sections, base.version, RANK)


def _result(job: Job, base: Model, tuned: Model, before: pd.DataFrame, after: pd.DataFrame, events: int) -> Result:
    from recsys.training import card, quality

    evaluation = job.settings.evaluation
    tables = {
        "before": quality.summary(before, evaluation.resamples, evaluation.seed),
        "after": quality.summary(after, evaluation.resamples, evaluation.seed),
    }
    digest = job.manifest("ingest").facts.get("dataset_digest", "")
    written = card.write(base, job.settings.training, digest, tables["before"], tables["after"])
    (job.folder / MODEL / CARD).write_text(written)
    found = {
        f"{when}/{row.protocol}.{row.metric}": float(row.value)
        for when, table in tables.items()
        for row in table[table.segment == "all"].itertuples()
    }
    facts = {
        "model_version": tuned.version,
        "base_version": base.version,
        "training": mark_of(job, base),
        "objective": job.settings.training.objective,
        "method": job.settings.training.method,
        "dataset_digest": digest,
    }
    return Result({"training events": events}, found, facts)
