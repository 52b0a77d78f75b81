"""Low-rank adaptation (Hu et al. 2021): small matrices beside the attention's weights, learned instead of these."""

from __future__ import annotations

from typing import Any, Literal

import torch
from peft import LoraConfig
from transformers.pytorch_utils import Conv1D

from recsys.errors import SettingsError
from recsys.settings import TrainingSettings

NAMES = ("query", "value", "q_proj", "v_proj", "c_attn", "query_key_value", "q_lin", "v_lin", "Wqkv")
"""What transformers call the weights of attention's queries and values."""


def configuration(
    network: torch.nn.Module, training: TrainingSettings, task: Literal["FEATURE_EXTRACTION", "CAUSAL_LM"]
) -> LoraConfig:
    """LoRA on queries and values; raises `SettingsError` where the network calls them by no known name."""
    found = {
        name.rsplit(".", 1)[-1]: part for name, part in network.named_modules() if name.rsplit(".", 1)[-1] in NAMES
    }
    if not found:
        raise SettingsError(
            "LoRA knows no weights of this model",
            where="training.method",
            seen=type(network).__name__,
            expected=" or ".join(NAMES),
            remedy="set training.method to head or full",
        )
    transposed: Any = any(isinstance(part, Conv1D) for part in found.values())
    return LoraConfig(
        r=training.lora_rank,
        lora_alpha=2 * training.lora_rank,
        lora_dropout=0.0,
        target_modules=sorted(found),
        task_type=task,
        fan_in_fan_out=transposed,
    )
