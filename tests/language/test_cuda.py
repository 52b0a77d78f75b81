"""Reading on a GPU."""

import pytest
import torch

from recsys.language.encode import Encoder
from recsys.language.models import Model
from recsys.settings import LanguageSettings, RuntimeSettings
from tests.cuda import with_cuda

pytestmark = with_cuda
TEXTS = ["Toy Story (1995). Adventure, Animation, Children", "Alien", "日本の映画", "rug " * 300, "a lamp for the desk"]


def test_vectors_are_those_of_the_cpu_but_for_rounding(encoder: Encoder, model: Model) -> None:
    made = Encoder(model, LanguageSettings(), RuntimeSettings(device="auto"))
    assert made.device == "cuda"
    assert ((made.encode(TEXTS) * encoder.encode(TEXTS)).sum(axis=1) >= 0.999).all()


def test_batches_that_do_not_fit_are_halved_until_they_do(
    model: Model, encoder: Encoder, caplog: pytest.LogCaptureFixture
) -> None:
    texts = [f"{number} {TEXTS[0] * 4}" for number in range(2000)]
    small = Encoder(model, LanguageSettings(batch_tokens=1_048_576), RuntimeSettings(device="cuda"))
    room = torch.cuda.memory_allocated() + 300 * 2**20
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(room / torch.cuda.get_device_properties(0).total_memory)
    try:
        made = small.encode(texts)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert "batches are halved" in caplog.text
    assert ((made[::400] * encoder.encode(texts[::400])).sum(axis=1) >= 0.999).all()
