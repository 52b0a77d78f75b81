"""Tiny real models and a planted catalogue: even users take even items, odd users odd ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys import pipeline, stages
from recsys.artifacts import Manifest
from recsys.settings import Settings, load
from tests.language import tiny

DAY = date(2026, 1, 5)
QUICK = ("training.steps=40", "training.evaluate_every=20", "training.batch=16", "training.dimensions=8",
         "training.learning_rate=0.02", "training.leave_last=2", "training.held_out_share=0.2",
         "training.block_tokens=16", "language.device=cpu", "language.shards=1", "evaluation.resamples=100",
         "events.half_life_days=365")  # fmt: skip

Settled = Callable[..., Settings]


@pytest.fixture(scope="session")
def encoder_folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny.encoder(tmp_path_factory.mktemp("bert"))


@pytest.fixture(scope="session")
def decoder_folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny.decoder(tmp_path_factory.mktemp("gpt"))


@pytest.fixture
def settled(tmp_path: Path, shop: dict[str, str], encoder_folder: str) -> Settled:
    """Settings of a quick training on the shop, with overrides on top."""

    def settle(*overrides: str) -> Settings:
        files = [f"source.{table}={file}" for table, file in shop.items()]
        base = [f"training.base={encoder_folder}", f"language.model={encoder_folder}"]
        return load([f"store={tmp_path / 'store'}", "source.kind=files", *files, *QUICK, *base, *overrides])

    return settle


@pytest.fixture
def tuned() -> Callable[[Settings], Manifest]:
    """What `finetune` makes under some settings."""

    def run(settings: Settings) -> Manifest:
        return pipeline.run(("ingest", "finetune"), settings, DAY)["finetune"][0]

    return run


@pytest.fixture
def finetune() -> Callable[[Settings, stages.Inputs], Manifest]:
    return lambda settings, inputs: stages.run("finetune", settings, DAY, inputs)


@pytest.fixture
def by_word(tmp_path: Path) -> list[str]:
    """Settings of a catalogue in which who takes `space` takes `paris`, and who takes `love` takes `war`."""
    words, rng = ["space", "paris", "love", "war"], np.random.default_rng(1)
    items = pd.DataFrame({"item_id": [f"i{number:02}" for number in range(80)],
                          "title": [f"{words[number % 4]} film {number}" for number in range(80)]})  # fmt: skip
    sides = [np.array([number for number in range(80) if number % 4 // 2 == side]) for side in (0, 1)]
    taken = [(user, item) for user in range(100) for item in rng.permutation(sides[user % 2])[:15]]
    moments = pd.date_range("2026-01-01", periods=len(taken), freq="min", tz="UTC")
    events = pd.DataFrame({"user_id": [f"u{user:02}" for user, _ in taken], "action": "play",
                           "item_id": [f"i{item:02}" for _, item in taken], "occurred_at": moments})  # fmt: skip
    for name, table in {"events": events, "items": items}.items():
        table.to_parquet(tmp_path / f"{name}.parquet")
    return [f"source.{name}={tmp_path / name}.parquet" for name in ("events", "items")]
