"""Results of stages: how work is identified, found again, run and measured."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, takewhile
from pathlib import Path

from recsys.artifacts import Manifest, Store, fingerprint, is_whole
from recsys.errors import DataError, SettingsError, TransientError
from recsys.settings import Settings
from recsys.settings.section import Section
from recsys.source_code import code_version
from recsys.stages import Inputs, Job, shards, stage_of
from recsys.usage import Meter

log = logging.getLogger(__name__)


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
    declared = _declared(name, settings)
    extra = stage.load().digest(declared, as_of) if stage.reads else ""
    extra += stage.load().version(declared, inputs) if stage.encodes else ""
    marks = {need: [manifest.fingerprint for manifest in inputs[need]] for need in stage.needs}
    read = [manifest.fingerprint for manifest in (earlier, *past) if manifest is not None]
    part = (shard, len(shards(name, settings)))
    return fingerprint(name, as_of.isoformat(), made_with(name, settings), marks, part, extra, *read)


def made_with(name: str, settings: Settings) -> str:
    """Digest of a stage's code and of the settings that change its result."""
    stage = stage_of(name)
    return fingerprint(code_version(stage.module), _sections(settings, stage.sections))


def _declared(name: str, settings: Settings) -> Settings:
    """The settings that the stage may read."""
    stage = stage_of(name)
    return settings.only((*stage.sections, *stage.aside))


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
    values = {name: getattr(settings, name) for name in sections}
    return {
        name: value.model_dump(mode="json", exclude=set(value.aside)) if isinstance(value, Section) else value
        for name, value in values.items()
    }


def find(name: str, settings: Settings, as_of: date, inputs: Inputs, shard: int = 0) -> Manifest | None:
    """The committed result of this very work, or None."""
    return _committed(name, settings, as_of, mark_of(name, settings, as_of, inputs, shard))


def run(name: str, settings: Settings, as_of: date, inputs: Inputs, shard: int = 0) -> Manifest:
    """Runs a stage in this process, or finds its committed result.

    Raises `DataError` for input that cannot be used, `GateError` when a guard refuses, `TransientError` for the rest.
    """
    with _blamed(inputs):
        return _found_or_made(name, settings, as_of, inputs, shard)


def _found_or_made(name: str, settings: Settings, as_of: date, inputs: Inputs, shard: int) -> Manifest:
    earlier, past = _earlier(name, settings, as_of, inputs, shard), _past(name, settings, as_of, inputs)
    day, mark = as_of.isoformat(), _mark(name, settings, as_of, inputs, shard, earlier, past)
    found = _committed(name, settings, as_of, mark)
    if found is not None:
        log.info("%s: found, nothing to do (%s)", name, found.fingerprint)
        return found
    store = Store(settings.store)

    def write(folder: Path) -> Manifest:
        meter = Meter()
        job = Job(_declared(name, settings), as_of, inputs, shard, folder, earlier, past, made_with(name, settings))
        result = stage_of(name).load().run(job)
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
    """Work whose failure is put down to a damaged input, where there is one: only the stage before can repair it."""
    try:
        yield
    except (TransientError, SettingsError):
        raise
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
