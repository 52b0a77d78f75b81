"""Days of a checkout on a made-up shop, stage by stage: the first, the same again, and the next with 1% new events."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.scale.checkout import ONE_SHARD, Checkout, Cost, Stage, StageError
from benchmarks.scale.shop import LAST_DAY, Shop
from benchmarks.scale.vectors import planted
from recsys import schema

Kind = Literal["first", "again", "next"]
KINDS: Final[tuple[Kind, ...]] = ("first", "again", "next")
"""`first`: an empty store that knows the vectors of all texts. `again`: the very same calls. `next`: the day after."""
Inputs = dict[str, list[dict[str, Any]]]
FEW: Final = 1_000
"""Events with which the texts are read beforehand."""


@dataclass(frozen=True)
class Measure:
    """What a stage cost on a day; shards summed, memory that of the largest process."""

    stage: str
    cpu_s: float
    wall_s: float
    peak_mb: float
    rows: Mapping[str, int]
    """Row counts by name, as the stage returns them."""
    cached: bool
    """True where its result was found."""


@dataclass(frozen=True)
class Home:
    """Folder of one checkout on one shop: the source as the checkout sees it, its store, its logs."""

    folder: Path
    shop: Shop

    @property
    def settings(self) -> list[str]:
        """Overrides of the source and the store; the source keeps its paths from day to day."""
        return [*self._of(self.folder / "store"), f"source.events={json.dumps(str(self._events))}"]

    @property
    def _events(self) -> Path:
        return self.folder / "events.parquet"

    def _of(self, store: Path) -> list[str]:
        return [
            f"store={json.dumps(str(store))}",
            ONE_SHARD,
            "source.kind=files",
            'source.users=""',
            'source.follows=""',
            f"source.items={json.dumps(str(self.shop.items))}",
        ]

    def warm(self, checkout: Checkout) -> None:
        """Leaves a store in which every text has a vector, and nothing else is of use for a later day.

        The texts are those of the checkout's own `ingest`; its `features` then has nothing to encode.
        """
        store, few = self.folder / "warm", self.folder / "few.parquet"
        shutil.rmtree(self.folder, ignore_errors=True)
        store.mkdir(parents=True)
        pq.write_table(pa.Table.from_batches([next(pq.ParquetFile(self.shop.events).iter_batches(FEW))]), few)
        settings = [*self._of(store), f"source.events={json.dumps(str(few))}"]
        ingest, _ = checkout.run("ingest", LAST_DAY, {}, 0, settings, self.folder / "logs" / "warm-ingest")
        made = pq.read_table(Path(ingest["uri"].removeprefix("file://"), "items.parquet"), columns=[schema.TEXT])
        texts = sorted(set(made[schema.TEXT].to_pylist()))
        files = self.folder / "texts.json", self.folder / "vectors.npy"
        files[0].write_text(json.dumps(texts))
        np.save(files[1], planted(texts, checkout.dimensions))
        checkout.keep_vectors(*files, settings)
        features, _ = checkout.run(
            "features", LAST_DAY, {"ingest": [ingest]}, 0, settings, self.folder / "logs" / "warm-features"
        )
        if features["rows"].get("encoded", 0):
            raise StageError(f"{checkout.name}: vectors are not found in the cache: {features['rows']}")

    def clear(self) -> None:
        """Empties the store but for the vectors of texts; raises `StageError` where `warm` left none."""
        if not (self.folder / "warm" / "cache").is_dir():
            raise StageError(f"{self.folder}: there are no vectors of texts to start from")
        shutil.rmtree(self.folder / "store", ignore_errors=True)
        shutil.copytree(self.folder / "warm" / "cache", self.folder / "store" / "cache")

    def day(
        self, kind: Kind, checkout: Checkout, names: Sequence[str], progress: Callable[[Measure], None]
    ) -> Iterator[Measure]:
        """The measure of each stage, as soon as it is there; raises `StageError`."""
        self._events.unlink(missing_ok=True)
        self._events.symlink_to((self.shop.grown if kind == "next" else self.shop.events).resolve())
        as_of, made = LAST_DAY + timedelta(days=kind == "next"), Inputs()
        for stage in selected(checkout.stages, names):
            inputs = {need: made[need] for need in stage.needs}
            runs = [
                checkout.run(
                    stage.name,
                    as_of,
                    inputs,
                    shard,
                    self.settings,
                    self.folder / "logs" / f"{kind}-{stage.name}-{shard}",
                )
                for shard in range(stage.shards)
            ]
            made[stage.name] = [manifest for manifest, _ in runs]
            measure = _measure(stage.name, runs)
            progress(measure)
            yield measure


def selected(stages: Mapping[str, Stage], names: Sequence[str]) -> list[Stage]:
    """The named stages, all where none is named, and what they need, in order; none that lives in Postgres.

    >>> stages = {"a": Stage("a", (), 1, True), "b": Stage("b", ("a",), 1, True), "c": Stage("c", ("b",), 1, False)}
    >>> [[stage.name for stage in selected(stages, names)] for names in ([], ["b"], ["a"])]
    [['a', 'b'], ['a', 'b'], ['a']]
    """
    possible: dict[str, Stage] = {}
    for stage in stages.values():
        if stage.stored and all(need in possible for need in stage.needs):
            possible[stage.name] = stage
    unknown = set(names) - set(possible)
    if unknown:
        raise StageError(f"no stage {', '.join(sorted(unknown))}; there are {', '.join(possible)}")
    wanted = set(names or possible)
    for stage in reversed(possible.values()):
        if stage.name in wanted:
            wanted.update(stage.needs)
    return [stage for stage in possible.values() if stage.name in wanted]


def _measure(name: str, runs: Sequence[tuple[Any, Cost]]) -> Measure:
    rows: dict[str, int] = {}
    for manifest, _ in runs:
        for what, count in manifest["rows"].items():
            rows[what] = rows.get(what, 0) + count
    costs = [cost for _, cost in runs]
    return Measure(
        name,
        sum(cost.cpu_s for cost in costs),
        sum(cost.wall_s for cost in costs),
        max(cost.peak_mb for cost in costs),
        rows,
        all(manifest["cached"] for manifest, _ in runs),
    )
