from collections.abc import Mapping

import pytest
import torch

from recsys.errors import SettingsError
from recsys.language.device import device_of, halve, mixes_precision
from recsys.settings import LanguageSettings, RankingSettings
from tests.cuda import without_cuda


@without_cuda
@pytest.mark.parametrize(
    ("asked", "setting"),
    [(LanguageSettings(device="cuda"), "language.device"), (RankingSettings(device="cuda"), "ranking.device")],
)
def test_cuda_that_is_not_there_is_refused_by_the_name_of_its_setting(
    asked: LanguageSettings | RankingSettings, setting: str
) -> None:
    with pytest.raises(SettingsError, match="no CUDA device") as refused:
        device_of(asked)
    assert refused.value.where == setting
    assert device_of(LanguageSettings(device="auto")) == "cpu"


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
    assert [one.dtype for one in network.parameters()] == [torch.float32] * 3 + [torch.bfloat16] * 2
