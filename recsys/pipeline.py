"""The whole path without Airflow: every stage in order, each fed by the manifests of those before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from recsys import results, stages
from recsys.artifacts import Manifest
from recsys.settings import Settings

Progress = Callable[[Manifest], None]


def run(names: Iterable[str], settings: Settings, as_of: date, progress: Progress = lambda _: None) -> stages.Inputs:
    """Manifests of the named stages, run in this process in the order given."""
    made: dict[str, tuple[Manifest, ...]] = {}
    for name in names:
        needed = {need: made[need] for need in stages.stage_of(name).needs if need in made}
        shards = []
        for shard in stages.shards(name, settings):
            shards.append(results.run(name, settings, as_of, needed, shard))
            progress(shards[-1])
        made[name] = tuple(shards)
    return made
