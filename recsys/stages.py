"""The stages, in order: what each needs, and which settings it depends on."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol, cast

from recsys.artifacts import Manifest
from recsys.settings import Settings

PUBLISHED = ("source", "events", "language", "interests", "transfer", "ranking", "lists", "seed")
"""Sections of the settings that are recorded with a publication."""

Inputs = Mapping[str, tuple[Manifest, ...]]
"""Manifests by the stage that made them, in shard order."""


@dataclass(frozen=True)
class Job:
    """A call of a stage."""

    settings: Settings
    """The sections that the stage declares, and no other."""
    as_of: date
    """Nothing after this day (UTC, inclusive) is looked at."""
    inputs: Inputs
    shard: int
    folder: Path
    """Where the stage writes its files; committed whole when it returns."""
    earlier: Manifest | None = None
    """The earlier day's result that a stage with `continues` resumes from; None where there is none."""
    past: tuple[Manifest, ...] = ()
    """Results of earlier days that a stage with `recalls` reads: latest day first, every shard that is there."""
    made_with: str = ""
    """Digest of the stage's code and settings, by which a later day tells whether it may resume from the result."""

    def manifest(self, stage: str) -> Manifest:
        """The only manifest of an unsharded input."""
        (manifest,) = self.inputs[stage]
        return manifest


@dataclass(frozen=True)
class Result:
    """What a stage returns besides its files."""

    rows: Mapping[str, int] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)


class StageModule(Protocol):
    """A module that owns a stage."""

    def run(self, job: Job) -> Result:
        """Writes the stage's files into `job.folder`."""

    def digest(self, settings: Settings, as_of: date) -> str:
        """Digest of what a stage that `reads` finds outside up to a day; asked in every process, so free of heavy
        imports."""

    def version(self, settings: Settings, inputs: Inputs) -> str:
        """Version of the language model of a stage that `encodes`; asked in every process too."""


@dataclass(frozen=True)
class Stage:
    """Where a stage lives and what its result depends on."""

    module: str
    needs: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    """Sections of the settings that change its result."""
    aside: tuple[str, ...] = ()
    """Sections that it reads besides, which change no result. All others are an error to it."""
    reads: bool = False
    """True for a stage that reads more than its inputs and its settings: its digest counts."""
    encodes: bool = False
    """True for a stage that reads texts with a language model, which may depend on them: its version counts."""
    continues: tuple[str, ...] = ()
    """Sections of the settings in which an earlier day's result of this stage must agree to be resumed from.

    The version of the model must agree too, but for a `recalled` stage, and the shard. What it resumes from counts;
    without any section it starts anew every day.
    """
    recalled: bool = False
    """True for a stage whose results later days read: its facts name its line, which no change of the model ends, and
    the shards that belong together."""
    recalls: str = ""
    """The needed stage of whose results of earlier days, `evaluation.hindsight_days` back, this one reads those of the
    same line. They count."""
    sharded: bool = False
    stored: bool = True
    """False for a stage whose result lies in Postgres, which keeps its own record."""

    def load(self) -> StageModule:
        """The module, imported when it is needed."""
        return cast(StageModule, importlib.import_module(self.module))


_FITTED = ("events", "interests", "transfer", "ranking", "seed")
"""Settings of all that is fitted on behaviour."""

_MADE: Mapping[str, Stage] = {
    "check": Stage("recsys.check.stage", (), ("source", "events", "language", "transfer"), ("store",), reads=True),
    "ingest": Stage("recsys.events.stage", (), ("source", "events"), ("store", "feedback", "database"), reads=True),
    "features": Stage(
        "recsys.language.stage", ("ingest",), ("language", "pictures"), ("store", "runtime"), encodes=True, sharded=True
    ),
    "interests": Stage(
        "recsys.interests.stage", ("ingest", "features"), ("events", "interests", "seed"), continues=("source",)
    ),
    "transfer": Stage(
        "recsys.transfer.stage", ("ingest", "features", "interests"), ("events", "interests", "transfer", "seed")
    ),
    "signals": Stage(
        "recsys.ranking.signals.stage",
        ("ingest", "features", "interests", "transfer"),
        _FITTED,
        ("runtime",),
        continues=("source",),
    ),
    "item_lists": Stage(
        "recsys.ranking.item_lists.stage",
        ("ingest", "signals"),
        ("transfer", "ranking", "lists", "seed"),
        continues=("source",),
    ),
    "ranker": Stage(
        "recsys.ranking.ranker.stage",
        ("ingest", "features", "interests", "transfer", "signals"),
        _FITTED,
        ("runtime",),
        continues=("source",),
    ),
    "rank": Stage(
        "recsys.ranking.lists.stage",
        ("ingest", "features", "interests", "transfer", "signals", "ranker"),
        ("language", "transfer", "ranking", "lists", "seed"),
        ("runtime",),
        continues=("source",),
        recalled=True,
        sharded=True,
    ),
    "load": Stage(
        "recsys.publish.load_stage",
        ("ingest", "interests", "transfer", "signals", "item_lists", "ranker", "rank"),
        (),
        (*PUBLISHED, "database"),
        sharded=True,
        stored=False,
    ),
    "publish": Stage(
        "recsys.publish.stage",
        ("ingest", "interests", "transfer", "signals", "item_lists", "ranker", "rank", "load"),
        (),
        (*PUBLISHED, "database"),
        stored=False,
    ),
    "evaluate": Stage(
        "recsys.evaluation.stage",
        ("ingest", "features", "interests", "ranker", "rank"),
        (*_FITTED, "lists", "evaluation"),
        ("runtime",),
        recalls="rank",
    ),
}

STAGES: Mapping[str, Stage] = {
    **_MADE,
    "monitor": Stage(
        "recsys.monitor.stage",
        tuple(name for name in _MADE if name != "check"),
        ("events", "monitor", "feedback", "seed"),
        ("database",),
        stored=False,
    ),
}

BESIDES: Mapping[str, Stage] = {
    "finetune": Stage(
        "recsys.training.stage",
        ("ingest",),
        ("events", "language", "training", "evaluation"),
        ("store", "runtime", "tracking"),
        encodes=True,
    ),
    "backtest": Stage("recsys.training.backtest_stage", ("ingest", "features"), ("events", "training", "evaluation")),
}
"""Stages that are not on the daily path."""


def stage_of(name: str) -> Stage:
    """The stage of that name, on the daily path or beside it."""
    return STAGES[name] if name in STAGES else BESIDES[name]


def shards(name: str, settings: Settings) -> range:
    """Numbers of the shards that a stage is cut into."""
    return range(settings.runtime.shards if stage_of(name).sharded else 1)
