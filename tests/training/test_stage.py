from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from recsys import pipeline, stages
from recsys.artifacts import Manifest
from recsys.errors import DataError, SettingsError
from recsys.language import models
from recsys.language.encode import Encoder
from recsys.settings import Settings
from tests.cuda import without_cuda

from .conftest import DAY, Settled

Tuned = Callable[[Settings], Manifest]


@pytest.mark.parametrize("method", ["head", "lora", "full"])
def test_a_contrastive_training_keeps_what_it_added_and_it_can_be_used(
    settled: Settled, tuned: Tuned, method: str
) -> None:
    settings = settled(f"training.method={method}")
    made = tuned(settings)
    files = {file.name for file in made.path("model").iterdir()}
    assert "README.md" in files
    assert ("model.safetensors" in files) == (method == "full")
    model = models.find(str(made.path("model")))
    assert model.version == made.facts["model_version"]
    vectors = Encoder(model, settings.language, settings.runtime).encode(["space war", "love wedding"])
    assert vectors.shape == (2, 8 if method == "head" else 32)
    base = Encoder(models.find(settings.training.base), settings.language, settings.runtime).encode(
        ["space war", "love wedding"]
    )
    assert method == "head" or not np.allclose(vectors, base, atol=1e-3)


@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_causal_training_makes_a_decoder_that_can_be_used(
    settled: Settled, tuned: Tuned, decoder_folder: str, method: str
) -> None:
    settings = settled(f"training.base={decoder_folder}", "training.objective=causal-lm", f"training.method={method}")
    made = tuned(settings)
    curve = [entry["eval_loss"] for entry in json.loads(made.path("losses.json").read_text()) if "eval_loss" in entry]
    assert curve[-1] < 5.29 > curve[0]  # ln 200, what a model that knows nothing has
    assert Encoder(models.find(str(made.path("model"))), settings.language, settings.runtime).encode(
        ["space war"]
    ).shape == (1, 32)


def words_apart(folder: str, settings: Settings) -> float:
    """How much closer the words of one side lie than those of two, in titles that no item has: a difference of mean
    cosines."""
    titles = [f"{word} film {number}" for word in ("space", "paris", "love", "war") for number in (81, 90, 99)]
    vectors = Encoder(models.find(folder), settings.language, settings.runtime).encode(titles)
    word = np.arange(12) // 3
    other, one_side = word[:, None] != word, word[:, None] // 2 == word // 2
    cosine = vectors @ vectors.T
    return float(cosine[other & one_side].mean() - cosine[other & ~one_side].mean())


def test_it_learns_what_users_take_together_and_knows_it_of_texts_that_no_item_has(
    settled: Settled, tuned: Tuned, by_word: list[str]
) -> None:
    settings = settled("training.steps=120", "training.temperature=0.2", *by_word)
    assert abs(words_apart(settings.training.base, settings)) < 0.05
    assert words_apart(str(tuned(settings).path("model")), settings) > 0.2


def test_the_same_training_again_gives_the_same_weights(settled: Settled, tuned: Tuned) -> None:
    first, second = (tuned(settled(f"store={name}")) for name in ("memory://one", "memory://two"))
    assert first.facts["model_version"] == second.facts["model_version"]


def test_the_card_tells_figures_and_limits_and_no_user(settled: Settled, tuned: Tuned) -> None:
    card = tuned(settled()).path("model").joinpath("README.md").read_text()
    assert "| warm, all |" in card
    assert "u01" not in card
    assert "no ids of users" in card


def test_champion_and_challenger_are_asked_the_same(settled: Settled, tuned: Tuned) -> None:
    made = tuned(settled())
    tables = []
    for model in (settled().training.base, str(made.path("model"))):
        done = pipeline.run(("ingest", "features", "backtest"), settled(f"language.model={model}"), DAY)["backtest"][0]
        tables.append(pd.read_parquet(done.path("quality.parquet")))
    assert tables[0].user_id.tolist() == tables[1].user_id.tolist()
    pd.testing.assert_frame_equal(tables[1], pd.read_parquet(made.path("quality.parquet")), atol=0.2)


def test_an_encoder_cannot_foretell_tokens(settled: Settled, tuned: Tuned) -> None:
    with pytest.raises(SettingsError, match="does not fit"):
        tuned(settled("training.objective=causal-lm", "training.method=lora"))


def test_users_with_one_item_each_teach_nothing(settled: Settled, tuned: Tuned) -> None:
    with pytest.raises(DataError, match="nothing to learn from"):
        tuned(settled("training.leave_last=11", "training.cold_item_share=0.9"))


@without_cuda
def test_a_gpu_that_is_asked_for_and_is_not_there_is_told_of_at_once(settled: Settled, tuned: Tuned) -> None:
    with pytest.raises(SettingsError, match="no CUDA device"):
        tuned(settled("runtime.device=cuda"))


def test_a_training_is_found_again(settled: Settled, tuned: Tuned) -> None:
    assert [tuned(settled()).cached for _ in range(2)] == [False, True]
    assert stages.stage_of("finetune").encodes
