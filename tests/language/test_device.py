from collections.abc import Mapping

import pytest
import torch
from transformers.utils import import_utils

from recsys.errors import SettingsError
from recsys.language.device import attention_of, device_of, halve, mixes_precision, quantized
from recsys.settings import RuntimeSettings
from tests.cuda import without_cuda


@without_cuda
def test_cuda_that_is_not_there_is_refused_by_the_name_of_its_setting() -> None:
    with pytest.raises(SettingsError, match="no CUDA device") as refused:
        device_of(RuntimeSettings(device="cuda"))
    assert refused.value.where == "runtime.device"
    assert device_of(RuntimeSettings(device="auto")) == "cpu"


@pytest.mark.parametrize(
    ("device", "able", "mixes"),
    [
        ("cpu", {"avx512_bf16": True}, True),
        ("cpu", {"amx_bf16": True, "avx512_bf16": False}, True),
        ("cpu", {"avx512_f": True, "avx512_bf16": False}, False),
        ("cpu", {"neon": True}, False),
        ("cuda", {"avx512_bf16": True}, False),
    ],
)
def test_precision_is_mixed_where_the_processor_multiplies_bfloat16(
    monkeypatch: pytest.MonkeyPatch, device: str, able: Mapping[str, bool], mixes: bool
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    assert mixes_precision(device) == mixes


def test_only_linear_layers_are_kept_in_half() -> None:
    network = torch.nn.Sequential(torch.nn.Embedding(4, 8), torch.nn.LayerNorm(8), torch.nn.Linear(8, 2))
    halve(network)
    assert [parameter.dtype for parameter in network.parameters()] == [torch.float32] * 3 + [torch.bfloat16] * 2


@pytest.mark.parametrize(
    ("device", "there", "expected"),
    [
        ("cuda", {2, 3}, "flash_attention_3"),
        ("cuda", {2}, "flash_attention_2"),
        ("cuda", set(), None),
        ("cpu", {2, 3}, None),
    ],
)
def test_flash_attention_is_taken_on_cuda_where_its_package_is_there(
    monkeypatch: pytest.MonkeyPatch, device: str, there: set[int], expected: str | None
) -> None:
    for version in (2, 3):
        monkeypatch.setattr(import_utils, f"is_flash_attn_{version}_available", lambda found=version in there: found)
    assert attention_of(device) == expected


def test_linear_layers_multiply_whole_numbers_with_a_scale_for_each_row() -> None:
    torch.manual_seed(0)
    layer = torch.nn.Linear(64, 4)
    plain = torch.nn.Sequential(layer)
    with torch.no_grad():
        layer.weight[1] *= 100  # a scale for all rows would leave nothing of the others
    texts = torch.randn(8, 64)
    expected = plain(texts).detach()
    made = quantized(plain)(texts)
    for row in range(4):
        assert torch.nn.functional.cosine_similarity(made[:, row], expected[:, row], dim=0) > 0.999
    assert not torch.equal(made, expected)
