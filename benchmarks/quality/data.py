"""A data set as the product reads it: the stages `ingest` and `features`, and the interests of the items."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import scipy.sparse as sp

from benchmarks.quality.tuning import Catalogue
from recsys import pipeline
from recsys.errors import SettingsError
from recsys.events import tables, times
from recsys.events.interactions import Floats, Interactions
from recsys.interests.names import split_categories
from recsys.interests.stage import understand
from recsys.language import embeddings
from recsys.ranking.lists.rules import rules_of
from recsys.ranking.world import World, world_of
from recsys.settings import Settings, load
from recsys.sources import engine, source

MOVIELENS = "MovieLens-small 2016"
FILES: Mapping[str, tuple[str, ...]] = {
    "events": ("events",),
    "items": ("items",),
    "users": ("users",),
    "follows": ("follows", "social"),
}
"""Names of a folder's files by table, first come first served."""
ANY_DAY = date(2000, 1, 1)
"""The day of events that have an order and no times: the date has no effect."""


@dataclass(frozen=True)
class Data:
    """Everything known of a data set."""

    name: str
    interactions: Interactions
    world: World
    vectors: Floats
    settings: Settings
    catalogue: Catalogue


def movielens() -> Data:
    """MovieLens latest-small, from its wheel."""
    return _read(MOVIELENS, load([]))


def named_folder(text: str) -> tuple[str, Path]:
    """NAME=FOLDER of a command line; raises `argparse.ArgumentTypeError` for anything else."""
    name, found, path = text.partition("=")
    if not found or not Path(path).is_dir():
        raise argparse.ArgumentTypeError(f"NAME=FOLDER with a folder that is there was expected, not {text!r}")
    return name, Path(path)


def folder(name: str, path: Path, *overrides: str) -> Data:
    """Parquet files of a folder: events, items, and users and follows (or social) where they are."""
    named = {table: _named(path, stems) for table, stems in FILES.items()}
    files = [f"source.{table}={file}" for table, file in named.items() if file]
    return _read(name, load(["source.kind=files", *files, *overrides]))


def _named(path: Path, stems: tuple[str, ...]) -> Path | None:
    """The first of these files that is there."""
    return next((path / f"{stem}.parquet" for stem in stems if (path / f"{stem}.parquet").is_file()), None)


def _read(name: str, settings: Settings) -> Data:
    if settings.source.kind == "files" and not (settings.source.events and settings.source.items):
        raise SettingsError("a data set lacks a file", where=name, expected="events.parquet and items.parquet")
    with engine.opened() as con:
        latest = times.latest(source.read(con, settings.source).events, date.max)
    made = pipeline.run(("ingest", "features"), settings, latest or ANY_DAY)
    known = tables.read(made["ingest"][0])
    _, vectors = embeddings.load(made["features"])
    world = world_of(known, understand(vectors, settings), rules_of(known, settings.lists))
    leave_last = settings.evaluation.leave_last if latest else 1
    catalogue = Catalogue(world.then.available, categories(known.categories), known.side, leave_last, known.timed)
    return Data(name, known.interactions, world, vectors, settings, catalogue)


def categories(texts: Sequence[str]) -> sp.csr_matrix:
    """1 where an item is of a category, (n_items, n_categories) float32.

    >>> categories(["Action|Drama", "", "Drama"]).toarray().tolist()
    [[1.0, 1.0], [0.0, 0.0], [0.0, 1.0]]
    """
    parts = [sorted(set(split_categories(text))) for text in texts]
    columns = {name: place for place, name in enumerate(sorted(set().union(*parts)))}
    row = [number for number, names in enumerate(parts) for _ in names]
    column = [columns[name] for names in parts for name in names]
    return sp.csr_matrix(([1.0] * len(row), (row, column)), shape=(len(parts), len(columns)), dtype="float32")
