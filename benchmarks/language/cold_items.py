"""NDCG@10 among items that nobody's training saw: what a frozen model knows, and what it learns from users."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.language import day
from recsys.evaluation import bootstrap
from recsys.events import tables
from recsys.language import models
from recsys.training import contrastive, held_out, material, quality

Floats = npt.NDArray[np.float32]
Values = npt.NDArray[np.float64]
RESAMPLES = 1000
RATES = {"head": 2e-3, "lora": 2e-4, "full": 2e-5}
"""Learning rate of every method."""


def report(names: Sequence[str], methods: Sequence[str], seeds: Sequence[int], store: str) -> str:
    """A table of every model, frozen and tuned, and the ratios asked for, with 95% intervals over users."""
    lines = [
        "## Cold items of MovieLens-small, NDCG@10",
        "",
        "| model | similarity | NDCG@10 [95%] | recall@10 | by seed | seconds of training |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    ratios: list[str] = []
    for name in names:
        rows, found = _model(name, methods, seeds, store)
        lines += rows
        ratios += found
    return "\n".join([*lines, "", *ratios, ""])


def _model(name: str, methods: Sequence[str], seeds: Sequence[int], store: str) -> tuple[list[str], list[str]]:
    settings, ingested = day.settings(store, f"training.base={name}"), day.ingested(store)
    known, base = tables.read(ingested), models.find(name)
    users = list(known.user_ids)
    cut = held_out.hold_out(known.interactions, list(known.item_ids), settings.training)
    read = material.read(ingested, base, cut, settings)
    moved = centred(read.vectors, ~cut.cold)
    frozen = {"mean": values(read.vectors, cut, users, "mean"), "max, centred": values(moved, cut, users, "max")}
    rows = [_row(f"{name}, frozen", similarity, [values]) for similarity, values in frozen.items()]
    ratios: list[str] = []
    for method in methods:
        tuned: dict[str, list[tuple[Values, Values]]] = {"mean": [], "max": []}
        seconds = []
        for seed in seeds:
            how = {"method": method, "learning_rate": RATES[method], "seed": seed}
            vectors, took = _tuned(base, read, settings.training.model_copy(update=how), settings)
            seconds.append(took)
            for similarity, made in tuned.items():
                made.append(values(vectors, cut, users, similarity))  # type: ignore[arg-type]
        rows += [_row(f"{name}, tuned, {method}", similarity, made, seconds) for similarity, made in tuned.items()]
        ratios += _ratios(f"{name}, tuned, {method}", frozen, tuned["max"])
    return rows, ratios


def _tuned(base, read, training, settings) -> tuple[Floats, float]:  # type: ignore[no-untyped-def]
    with tempfile.TemporaryDirectory(prefix="recsys-tuned-") as folder:
        began = time.perf_counter()
        network = contrastive.train(
            base, read, settings.model_copy(update={"training": training}), Path(folder, "checkpoints")
        )
        took = time.perf_counter() - began
    vectors = network.encode(list(read.texts), show_progress_bar=False, convert_to_numpy=True)  # a head reads no text
    return np.where(read.vectors.any(axis=1, keepdims=True), vectors, 0).astype(np.float32), took


def values(
    vectors: Floats, cut: held_out.HeldOut, users: list[str], similarity: quality.Similarity
) -> tuple[Values, Values]:
    made = quality.table(vectors, cut, users, similarity)
    cold = made[made[quality.PROTOCOL] == quality.COLD_ITEMS]
    return cold[quality.NDCG].to_numpy(float), cold[quality.RECALL].to_numpy(float)


def centred(vectors: Floats, known: npt.NDArray[np.bool_]) -> Floats:
    moved = vectors - vectors[known].mean(axis=0)
    return np.asarray(moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9), np.float32)


def _row(name: str, similarity: str, made: Sequence[tuple[Values, Values]], seconds: Sequence[float] = ()) -> str:
    ndcg, recall = (np.mean([values[place] for values in made], axis=0) for place in (0, 1))
    value, low, high = bootstrap.interval(ndcg, bootstrap.draws(len(ndcg), RESAMPLES, 0))
    seeds = ", ".join(f"{values[0].mean():.4f}" for values in made) if len(made) > 1 else ""
    took = ", ".join(f"{values:.0f}" for values in seconds)
    return f"| {name} | {similarity} | {value:.4f} [{low:.4f}, {high:.4f}] | {recall.mean():.4f} | {seeds} | {took} |"


def _ratios(
    name: str, frozen: dict[str, tuple[Values, Values]], tuned: Sequence[tuple[Values, Values]]
) -> Iterator[str]:
    ours = np.mean([values[0] for values in tuned], axis=0)
    drawn = bootstrap.draws(len(ours), RESAMPLES, 0)
    for similarity, (theirs, _) in frozen.items():
        value, low, high = bootstrap.ratio(ours, theirs, drawn)
        yield f"- {name} (max) against frozen ({similarity}): {value:.2f} × [{low:.2f}, {high:.2f}]"
