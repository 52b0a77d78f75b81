"""What reading costs beside what the vectors are worth: MiniLM in float32, bfloat16 and int8, and distilled."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from unittest.mock import patch

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.language import day
from benchmarks.language.cold_items import Values, centred, values
from recsys import pipeline
from recsys.evaluation import bootstrap
from recsys.events import tables
from recsys.language import encode, models, wheels
from recsys.language.device import mixes_precision
from recsys.training import held_out

Floats = npt.NDArray[np.float32]
RESAMPLES = 1000
LATE = date(2100, 1, 1)
"""A day after all events of a catalogue."""
WARM = 64
"""Texts that are read before the clock runs."""


def report(catalogue: Path | None, store: str) -> str:
    """A table of texts a CPU second, of one thread, and NDCG@10 on new items, and of their ratios to float32."""
    files = [f"source.{table}={catalogue}/{table}.parquet" for table in ("events", "items")]
    source = ["source.kind=files", *files] if catalogue else []
    settings = day.settings(store, "runtime.device=cpu", "runtime.threads=1", *source)
    ingested = pipeline.run(("ingest",), settings, LATE if catalogue else day.DAY)["ingest"][0]
    known = tables.read(ingested)
    cut = held_out.hold_out(known.interactions, list(known.item_ids), settings.training)
    texts = pd.read_parquet(ingested.path("items.parquet"))["text"].tolist()
    lines = [
        f"## {len(texts)} texts of {np.mean([len(text.split()) for text in texts]):.0f} words, one thread; "
        f"NDCG@10 of {len(cut.cold_items.requests)} users on new items",
        "",
        "| model | texts a CPU second | × | mean | × [95%] | max, centred | × [95%] |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    first: tuple[float, Sequence[Values]] | None = None
    for name, model, mixed in _readings():
        vectors, speed = _read(model, mixed, texts, settings.language)
        moved = np.where(vectors.any(axis=1, keepdims=True), centred(vectors, ~cut.cold), 0)
        found = [values(made, cut, list(known.user_ids), how)[0] for made, how in ((vectors, "mean"), (moved, "max"))]
        first = first or (speed, found)
        worth = [f"{ours.mean():.4f} | {_ratio(ours, theirs)}" for ours, theirs in zip(found, first[1], strict=True)]
        lines.append(f"| {name} | {speed:.0f} | {speed / first[0]:.2f} | {' | '.join(worth)} |")
    return "\n".join([*lines, ""])


def _readings() -> Iterator[tuple[str, str, bool]]:
    """Names of the rows, models, and whether precision is mixed."""
    yield "minilm, float32", wheels.MINILM, False
    if mixes_precision("cpu"):
        yield "minilm, bfloat16", wheels.MINILM, True
    yield wheels.INT8, wheels.INT8, False
    yield wheels.STATIC, wheels.STATIC, False


def _read(name: str, mixed: bool, texts: Sequence[str], language) -> tuple[Floats, float]:  # type: ignore[no-untyped-def]
    """Vectors, (n_texts, width), 0 without a text, and texts a CPU second."""
    with _precision(mixed):
        encoder = encode.Encoder(models.find(name), language)
        encoder.encode(texts[:WARM])
        began = time.process_time()
        vectors = encoder.encode(texts)
        took = time.process_time() - began
    return np.where(np.array([bool(text) for text in texts])[:, None], vectors, 0), len(texts) / took


@contextmanager
def _precision(mixed: bool) -> Iterator[None]:
    with patch.object(encode, "mixes_precision", lambda _: mixed):
        yield


def _ratio(ours: Values, theirs: Values) -> str:
    value, low, high = bootstrap.ratio(ours, theirs, bootstrap.draws(len(ours), RESAMPLES, 0))
    return f"{value:.2f} [{low:.2f}, {high:.2f}]"
