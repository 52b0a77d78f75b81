"""Training on a GPU."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from recsys.artifacts import Manifest
from recsys.language import models
from recsys.language.encode import Encoder
from recsys.settings import Settings
from tests.cuda import with_cuda

from .conftest import Settled
from .test_stage import words_apart

pytestmark = with_cuda
Tuned = Callable[[Settings], Manifest]


@pytest.mark.parametrize(("method", "rate"), [("head", 0.02), ("lora", 0.01), ("full", 0.003)])
def test_it_learns_what_users_take_together(
    settled: Settled, tuned: Tuned, by_word: list[str], method: str, rate: float
) -> None:
    how = [
        f"training.method={method}",
        f"training.learning_rate={rate}",
        "training.steps=120",
        "training.temperature=0.2",
        "runtime.device=cuda",
    ]
    settings = settled(*how, *by_word)
    before = words_apart(settings.training.base, settings)
    assert words_apart(str(tuned(settings).path("model")), settings) > before + 0.1


@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_decoder_learns_to_foretell_behaviour_as_text(
    settled: Settled, tuned: Tuned, decoder_folder: str, method: str
) -> None:
    settings = settled(
        f"training.base={decoder_folder}",
        "training.objective=causal-lm",
        f"training.method={method}",
        "runtime.device=cuda",
    )
    made = tuned(settings)
    curve = [entry["eval_loss"] for entry in json.loads(made.path("losses.json").read_text()) if "eval_loss" in entry]
    assert curve[-1] < curve[0]
    assert Encoder(models.find(str(made.path("model"))), settings.language, settings.runtime).encode(
        ["space war"]
    ).shape == (1, 32)


def test_a_model_tuned_on_a_gpu_is_read_on_a_cpu(settled: Settled, tuned: Tuned) -> None:
    settings = settled("training.method=full", "runtime.device=cuda")
    model = models.find(str(tuned(settings).path("model")))
    on_gpu, on_cpu = (
        Encoder(model, settings.language, settings.runtime.model_copy(update={"device": device})).encode(["space war"])
        for device in ("cuda", "cpu")
    )
    assert float((on_gpu * on_cpu).sum()) > 0.99
