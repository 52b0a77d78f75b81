"""Tiny real models and a planted catalogue: even users take even items, odd users odd ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from recsys import pipeline, results, stages
from recsys.artifacts import Manifest
from recsys.settings import Settings, load
from tests.language import tiny
from tests.training import catalogues

DAY = date(2026, 1, 5)
QUICK = (
    "training.steps=40",
    "training.evaluate_every=20",
    "training.batch=16",
    "training.dimensions=8",
    "training.learning_rate=0.02",
    "training.leave_last=2",
    "training.held_out_share=0.2",
    "training.block_tokens=16",
    "runtime.device=cpu",
    "runtime.shards=1",
    "evaluation.resamples=100",
    "events.half_life_days=365",
)

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
    return lambda settings, inputs: results.run("finetune", settings, DAY, inputs)


@pytest.fixture
def by_word(tmp_path: Path) -> list[str]:
    """Settings of the catalogue `catalogues.by_word`."""
    return [f"source.{name}={file}" for name, file in catalogues.by_word(tmp_path).items()]
