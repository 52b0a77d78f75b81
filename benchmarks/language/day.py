"""MovieLens, ingested once."""

from __future__ import annotations

from datetime import date

from recsys import pipeline
from recsys.artifacts import Manifest
from recsys.settings import Settings, load

DAY = date(2016, 10, 17)


def settings(store: str, *overrides: str) -> Settings:
    return load([f"store={store}", "runtime.shards=1", "language.batch_tokens=1024", *overrides])


def ingested(store: str) -> Manifest:
    return pipeline.run(("ingest",), settings(store), DAY)["ingest"][0]
