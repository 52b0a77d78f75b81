"""Encoding beside sentence-transformers' `encode`: same texts, model and threads, in turns."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Normalize, Transformer
from sentence_transformers.sentence_transformer.modules import Pooling

from benchmarks.language import day
from recsys.language import models
from recsys.language.encode import Encoder, Vectors
from recsys.language.features import vectors_of

TEXTS, TURNS = 400, 3
CATALOGUE, NEW_SHARE = 8000, 0.01


def report(store: str, threads: int) -> str:
    """Texts a second of both, the least cosine between them, and what a second call and 1% new texts cost."""
    texts = mixed(store, TEXTS)
    settings, model = day.settings(store, f"runtime.threads={threads}", "runtime.device=cpu"), models.find("minilm")
    modules = [
        Transformer(str(model.folder), max_seq_length=settings.language.max_tokens),
        Pooling(model.dimensions, "mean"),
        Normalize(),
    ]
    theirs, ours = (
        SentenceTransformer(modules=modules, device="cpu"),
        Encoder(model, settings.language, settings.runtime),
    )
    took = _in_turns(
        {
            "sentence-transformers": lambda: _with_threads(
                threads, lambda: theirs.encode(texts, show_progress_bar=False)
            ),
            "recsys": lambda: ours.encode(texts),
        }
    )
    cosine = float((theirs.encode(texts, show_progress_bar=False) * ours.encode(texts)).sum(axis=1).min())
    ratio = took["sentence-transformers"] / took["recsys"]
    lines = [f"## Encoding {len(texts)} texts of 1 to 12 titles, minilm, {threads} thread(s)", ""]
    lines += [f"- {name}: {len(texts) / seconds:.0f} texts a second" for name, seconds in took.items()]
    return "\n".join(
        [*lines, f"- ratio {ratio:.2f} ×, least cosine {cosine:.6f}", *_again(mixed(store, CATALOGUE), threads), ""]
    )


def mixed(store: str, count: int) -> list[str]:
    """Texts of mixed length: most of one or two titles, some of twelve."""
    titles = pd.read_parquet(day.ingested(store).path("items.parquet"))["text"].tolist()
    rng = np.random.default_rng(0)
    return [
        " ".join(titles[place] for place in rng.integers(0, len(titles), length))
        for length in np.minimum(rng.geometric(0.35, count), 12)
    ]


def _with_threads(threads: int, call: Callable[[], Vectors]) -> Vectors:
    torch.set_num_threads(threads)
    try:
        return call()
    finally:
        torch.set_num_threads(1)


def _in_turns(calls: dict[str, Callable[[], Vectors]]) -> dict[str, float]:
    """Median seconds of each call, made in turns: a busy machine slows both equally."""
    took: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(TURNS):
        for name, call in calls.items():
            began = time.perf_counter()
            call()
            took[name].append(time.perf_counter() - began)
    return {name: float(np.median(seconds)) for name, seconds in took.items()}


def _again(texts: list[str], threads: int) -> list[str]:
    """The same texts again, and with 1% new ones, through the cache, by CPU time."""
    with tempfile.TemporaryDirectory(prefix="recsys-cache-") as folder:
        settings, model = day.settings(folder, f"runtime.threads={threads}"), models.find("minilm")
        took = []
        for read in (texts, texts, [*texts, *[f"{text} again" for text in texts[: round(len(texts) * NEW_SHARE)]]]):
            items = pd.DataFrame({"item_id": [str(place) for place in range(len(read))], "text": read})
            began = time.process_time()
            vectors_of(items, model, settings)
            took.append(time.process_time() - began)
    first, second, third = took
    return [
        f"- a second call of {len(texts)} texts is {first / second:.0f} × faster ({first:.2f} s, {second:.4f} s)",
        f"- {NEW_SHARE:.0%} new texts cost {third / first:.1%} of the first call, the model's loading included",
    ]
