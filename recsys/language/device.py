"""Where a model is read or trained, and in which numbers."""

from __future__ import annotations

import torch
from transformers.utils import import_utils

from recsys.errors import SettingsError
from recsys.settings import RuntimeSettings


def device_of(runtime: RuntimeSettings) -> str:
    """`cuda` or `cpu`; raises `SettingsError` where CUDA is asked for and there is none."""
    there = torch.cuda.is_available()
    if runtime.device == "cuda" and not there:
        raise SettingsError(
            "there is no CUDA device",
            where="runtime.device",
            seen="cuda",
            expected="auto or cpu",
            remedy="run on a machine with a GPU, or set runtime.device=auto",
        )
    return "cuda" if there and runtime.device != "cpu" else "cpu"


def attention_of(device: str) -> str | None:
    """Flash attention on CUDA where a package of it is there; None: torch's own, as transformers selects it."""
    there = {
        "flash_attention_3": import_utils.is_flash_attn_3_available,
        "flash_attention_2": import_utils.is_flash_attn_2_available,
    }
    return next((name for name, is_there in there.items() if device == "cuda" and is_there()), None)


def mixes_precision(device: str) -> bool:
    """Whether matrices are multiplied in bfloat16 while all else is float32: on a CPU that has instructions for it.

    It takes a third of the time there, and minilm's vectors keep a cosine above 0.9999 to those of float32.
    """
    able = torch.cpu.get_capabilities()
    return device == "cpu" and bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def halve(network: torch.nn.Module) -> None:
    """Keeps the weights of linear layers in bfloat16, instead of casting them for every batch."""
    for module in network.modules():
        if isinstance(module, torch.nn.Linear):
            module.to(torch.bfloat16)


def quantized(network: torch.nn.Module) -> torch.nn.Module:
    """The network with int8 weights in its linear layers, a scale for each row.

    Activations are scaled batch by batch, so a vector depends a little on the texts that are read beside it.
    """
    from torch.ao.quantization import per_channel_dynamic_qconfig, quantize_dynamic

    per_layer = {torch.nn.Linear: per_channel_dynamic_qconfig}
    made: torch.nn.Module = quantize_dynamic(network, per_layer, inplace=True)  # type: ignore[no-untyped-call]
    return made
