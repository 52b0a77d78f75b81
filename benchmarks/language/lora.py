"""One LoRA epoch of a causal decoder by transformers' trainer, beside forward and backward in a bare loop."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import torch

from benchmarks.language import day
from recsys.events import tables
from recsys.language import models
from recsys.language.device import mixes_precision
from recsys.training import causal, held_out, material

BLOCKS, LENGTH, BATCH = 16, 128, 2
"""The sample: so many blocks of behaviour as text, of so many tokens each."""


def report(name: str, store: str, folder: Path) -> str:
    """Tokens a second of both, by CPU time, and the loss before and after."""
    overrides = [
        "training.objective=causal-lm",
        "training.method=lora",
        f"training.base={name}",
        f"training.block_tokens={LENGTH}",
        f"training.batch={BATCH}",
        "training.learning_rate=0.0005",
        f"training.steps={BLOCKS // BATCH}",
        f"training.evaluate_every={BLOCKS // BATCH}",
    ]
    settings, model = day.settings(store, "runtime.device=cpu", *overrides), models.find(name)
    torch.set_num_threads(settings.runtime.threads)
    ingested = day.ingested(store)
    known = tables.read(ingested)
    cut = held_out.hold_out(known.interactions, list(known.item_ids), settings.training)
    texts = material.prompts(ingested, known, cut, ~cut.judges, settings)
    made = causal.blocks(model, texts[:40], LENGTH)[:BLOCKS]
    bare = _bare(model, settings, made)
    ours = _trained(model, settings, texts, folder)
    return (
        f"## LoRA, {name}: one epoch over {BLOCKS} blocks of {LENGTH} tokens, one thread\n\n"
        f"- bare loop: {bare:.0f} tokens a CPU second\n- trainer: {ours:.0f}, {ours / bare:.2f} × of it\n"
    )


def _bare(model, settings, blocks: np.ndarray) -> float:  # type: ignore[no-untyped-def]
    network = causal.network_of(model, settings.training).train()
    took = 0.0
    for start in range(0, len(blocks), BATCH):
        ids = torch.from_numpy(blocks[start : start + BATCH])
        began = time.process_time()
        with torch.autocast("cpu", torch.bfloat16, enabled=mixes_precision("cpu")):
            loss = network(input_ids=ids, labels=ids).loss
        loss.backward()
        took += time.process_time() - began
    return blocks.size / took


def _trained(model, settings, texts: list[str], folder: Path) -> float:  # type: ignore[no-untyped-def]
    watch = _Watch()
    causal.train(model, texts[:40], texts[40:42], settings.training, settings.runtime, folder, [watch])
    return BLOCKS * LENGTH / watch.seconds


class _Watch(causal.TrainerCallback):
    """CPU seconds of the steps, without measurements and checkpoints."""

    seconds = 0.0
    began = 0.0

    def on_step_begin(self, *_: object, **__: object) -> None:
        self.began = time.process_time()

    def on_step_end(self, *_: object, **__: object) -> None:
        self.seconds += time.process_time() - self.began
