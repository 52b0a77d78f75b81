"""The stages, in order: what each needs, which settings it depends on, and how a stage is run, cached and measured."""

from __future__ import annotations

import importlib
import logging
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, takewhile
from pathlib import Path
from typing import Protocol, cast

from recsys.artifacts import Manifest, Store, code_version, fingerprint, is_whole
from recsys.errors import DataError, SettingsError, TransientError
from recsys.settings import Settings
from recsys.usage import Meter

log = logging.getLogger(__name__)

Inputs = Mapping[str, tuple[Manifest, ...]]
"""Manifests by the stage that made them, in shard order."""


@dataclass(frozen=True)
class Job:
    """A call of a stage."""

    settings: Settings
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


STAGES: Mapping[str, Stage] = {
    "check": Stage("recsys.check.stage", (), ("source", "events", "language", "transfer", "ranking"), reads=True),
    "ingest": Stage("recsys.events.stage", (), ("source", "events"), reads=True),
    "features": Stage("recsys.language.stage", ("ingest",), ("language", "pictures"), encodes=True, sharded=True),
    "interests": Stage(
        "recsys.interests.stage", ("ingest", "features"), ("events", "interests", "ranking"), continues=("source",)
    ),
    "transfer": Stage(
        "recsys.transfer.stage", ("ingest", "features", "interests"), ("events", "interests", "transfer", "ranking")
    ),
    "signals": Stage(
        "recsys.ranking.signals.stage",
        ("ingest", "features", "interests", "transfer"),
        ("events", "interests", "transfer", "ranking"),
        continues=("source",),
    ),
    "item_lists": Stage(
        "recsys.ranking.item_lists.stage",
        ("ingest", "signals"),
        ("events", "interests", "transfer", "ranking"),
        continues=("source",),
    ),
    "ranker": Stage(
        "recsys.ranking.ranker.stage",
        ("ingest", "features", "interests", "transfer", "signals"),
        ("events", "interests", "transfer", "ranking"),
        continues=("source",),
    ),
    "rank": Stage(
        "recsys.ranking.lists.stage",
        ("ingest", "features", "interests", "transfer", "signals", "ranker"),
        ("events", "interests", "transfer", "ranking", "language"),
        continues=("source",),
        recalled=True,
        sharded=True,
    ),
    "load": Stage(
        "recsys.publish.load_stage",
        ("ingest", "interests", "transfer", "signals", "item_lists", "ranker", "rank"),
        ("ranking",),
        sharded=True,
        stored=False,
    ),
    "publish": Stage(
        "recsys.publish.stage",
        ("ingest", "interests", "transfer", "signals", "item_lists", "ranker", "rank", "load"),
        ("ranking",),
        stored=False,
    ),
    "evaluate": Stage(
        "recsys.evaluation.stage",
        ("ingest", "features", "interests", "ranker", "rank"),
        ("events", "interests", "transfer", "ranking", "evaluation"),
        recalls="rank",
    ),
    "monitor": Stage(
        "recsys.monitor.stage",
        (
            "ingest",
            "features",
            "interests",
            "transfer",
            "signals",
            "item_lists",
            "ranker",
            "rank",
            "load",
            "publish",
            "evaluate",
        ),
        ("events", "monitor", "feedback"),
        stored=False,
    ),
}

BESIDES: Mapping[str, Stage] = {
    "finetune": Stage(
        "recsys.training.stage", ("ingest",), ("events", "language", "training", "evaluation"), encodes=True
    ),
    "backtest": Stage("recsys.training.backtest_stage", ("ingest", "features"), ("events", "training", "evaluation")),
}
"""Stages that are not on the daily path."""


def stage_of(name: str) -> Stage:
    """The stage of that name, on the daily path or beside it."""
    return STAGES[name] if name in STAGES else BESIDES[name]


def shards(name: str, settings: Settings) -> range:
    """Numbers of the shards that a stage is cut into."""
    return range(settings.language.shards if stage_of(name).sharded else 1)


def mark_of(name: str, settings: Settings, as_of: date, inputs: Inputs, shard: int) -> str:
    """Fingerprint of a stage's result: its inputs, its settings, its code, its shard, what it resumes from."""
    earlier, past = _earlier(name, settings, as_of, inputs, shard), _past(name, settings, as_of, inputs)
    return _mark(name, settings, as_of, inputs, shard, earlier, past)


def _mark(
    name: str,
    settings: Settings,
    as_of: date,
    inputs: Inputs,
    shard: int,
    earlier: Manifest | None,
    past: tuple[Manifest, ...],
) -> str:
    stage = stage_of(name)
    _check(name, inputs, shard, settings)
    extra = stage.load().digest(settings, as_of) if stage.reads else ""
    extra += stage.load().version(settings, inputs) if stage.encodes else ""
    marks = {need: [manifest.fingerprint for manifest in inputs[need]] for need in stage.needs}
    read_settings = _sections(settings, stage.sections)
    read = [manifest.fingerprint for manifest in (earlier, *past) if manifest is not None]
    shard = shard if stage.sharded else 0
    return fingerprint(name, as_of.isoformat(), code_version(), read_settings, marks, shard, extra, *read)


def _past(name: str, settings: Settings, as_of: date, inputs: Inputs) -> tuple[Manifest, ...]:
    """What a stage that `recalls` reads of earlier days: latest day first."""
    recalled = stage_of(name).recalls
    if not recalled or not inputs.get(recalled):
        return ()
    line = inputs[recalled][0].facts.get("line")
    first = (as_of - timedelta(days=settings.evaluation.hindsight_days)).isoformat()
    found = takewhile(lambda made: made.as_of >= first, Store(settings.store).earlier(recalled, as_of.isoformat()))
    return tuple(made for made in found if line and made.facts.get("line") == line)


def _earlier(name: str, settings: Settings, as_of: date, inputs: Inputs, shard: int) -> Manifest | None:
    """What this work resumes from: of its line and shard, the latest day; of several that day, a result with the same
    settings."""
    if not stage_of(name).continues:
        return None
    here = _line(name, settings, inputs)
    wanted = {"line": here["line"], **_part(name, settings, shard)}
    before = Store(settings.store).earlier(name, as_of.isoformat())
    line = (manifest for manifest in before if wanted.items() <= manifest.facts.items())
    _, of_day = next(groupby(line, key=lambda manifest: manifest.as_of), ("", iter(())))
    return max(
        of_day,
        key=lambda manifest: (manifest.facts.get("settings") == here["settings"], manifest.fingerprint),
        default=None,
    )


def _line(name: str, settings: Settings, inputs: Inputs) -> dict[str, str]:
    """Facts by which a later day decides whether to resume from a result; none for a stage that starts anew."""
    stage = stage_of(name)
    if not stage.continues:
        return {}
    versions = sorted(
        {manifest.facts.get("model_version", "") for need in stage.needs for manifest in inputs.get(need, ())}
    )
    model = [] if stage.recalled else [versions]
    return {
        "line": fingerprint(_sections(settings, stage.continues), *model),
        "settings": fingerprint(_sections(settings, stage.sections)),
    }


def _part(name: str, settings: Settings, shard: int) -> dict[str, str]:
    """Facts that name the shard of a result that later days read."""
    return {"shard": str(shard), "shards": str(len(shards(name, settings)))} if stage_of(name).recalled else {}


def _whole(name: str, settings: Settings, as_of: date, inputs: Inputs, shard: int) -> dict[str, str]:
    """Facts by which a later day finds the shards of a result again, and the latest result; for `recalled` stages.

    Shards belong together where `whole` agrees, which is the fingerprint of the work without the number of the shard.
    """
    if not stage_of(name).recalled:
        return {}
    return {
        "line": fingerprint(_sections(settings, ("source",))),
        "whole": fingerprint(mark_of(name, settings, as_of, inputs, 0), len(shards(name, settings))),
        **_part(name, settings, shard),
        "made_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }


def _sections(settings: Settings, sections: tuple[str, ...]) -> dict[str, object]:
    """The values of these sections, without what changes no result."""
    values = {section: getattr(settings, section) for section in sections}
    return {name: section.model_dump(mode="json", exclude=section.aside) for name, section in values.items()}


def find(name: str, settings: Settings, as_of: date, inputs: Inputs, shard: int = 0) -> Manifest | None:
    """The committed result of this very work, or None."""
    return _committed(name, settings, as_of, mark_of(name, settings, as_of, inputs, shard))


def run(name: str, settings: Settings, as_of: date, inputs: Inputs, shard: int = 0) -> Manifest:
    """Runs a stage in this process, or finds its committed result.

    Raises `DataError` for input that cannot be used, `GateError` when a guard refuses, `TransientError` for the rest.
    """
    earlier, past = _earlier(name, settings, as_of, inputs, shard), _past(name, settings, as_of, inputs)
    day, mark = as_of.isoformat(), _mark(name, settings, as_of, inputs, shard, earlier, past)
    found = _committed(name, settings, as_of, mark)
    if found is not None:
        log.info("%s: found, nothing to do (%s)", name, found.fingerprint)
        return found
    store = Store(settings.store)

    def write(folder: Path) -> Manifest:
        meter = Meter()
        with _blamed(inputs):
            result = stage_of(name).load().run(Job(settings, as_of, inputs, shard, folder, earlier, past))
        facts = {**result.facts, **_line(name, settings, inputs), **_whole(name, settings, as_of, inputs, shard)}
        uri = store.folder(name, day, mark)
        return Manifest(name, day, mark, uri, result.rows, result.metrics, facts, **meter.read(folder))

    if stage_of(name).stored:
        manifest = store.commit(name, day, mark, write)
    else:
        with tempfile.TemporaryDirectory(prefix="recsys-") as folder:
            manifest = write(Path(folder))
    _log(manifest)
    return manifest


@contextmanager
def _blamed(inputs: Inputs) -> Iterator[None]:
    """Work whose failure is put down to a damaged input, where there is one: only the stage before can mend it."""
    try:
        yield
    except Exception as error:
        made = [manifest for need, many in inputs.items() for manifest in many if stage_of(need).stored]
        damaged = next((manifest for manifest in made if not is_whole(manifest.uri)), None)
        if damaged is None:
            raise
        raise TransientError(
            f"the result of stage {damaged.stage} is damaged or gone",
            where=damaged.uri,
            seen=str(error),
            expected="its files as they were committed",
            remedy="bring the store back, or run the day again from its first stage: what is damaged is made anew",
        ) from error


def _log(made: Manifest) -> None:
    rows = ", ".join(f"{count} {what}" for what, count in made.rows.items())
    took = f"{made.seconds:.1f} s, {made.cpu_seconds:.1f} s of CPU, peak {made.peak_memory_mb:.0f} MB"
    log.info("%s: %s; %s", made.stage, rows, took)


def _committed(name: str, settings: Settings, as_of: date, mark: str) -> Manifest | None:
    found = Store(settings.store).find(name, as_of.isoformat(), mark) if stage_of(name).stored else None
    return None if found is None else replace(found, cached=True)


def _check(name: str, inputs: Inputs, shard: int, settings: Settings) -> None:
    missing = [need for need in stage_of(name).needs if not inputs.get(need)]
    if missing:
        raise DataError(
            f"stage {name} lacks inputs",
            seen=", ".join(sorted(inputs)) or "none",
            expected=", ".join(stage_of(name).needs),
            remedy=f"run {', '.join(missing)} first",
        )
    if shard not in shards(name, settings):
        raise SettingsError(
            f"stage {name} has no such shard", seen=str(shard), expected=f"0 to {len(shards(name, settings)) - 1}"
        )
