"""A model's parts in memory: its tokenizer, its transformer, and the head that a training put on it."""

from __future__ import annotations

from typing import Any

import torch
from safetensors.torch import load_file
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging as transformers_logging

from recsys.language.models import Model

HEAD_FILE = "head.safetensors"
"""`weight`, (dimensions, width), and `bias`, (dimensions,), of a linear map of the pooled vector."""


def tokenizer_of(model: Model) -> Any:
    """The model's tokenizer, which pads on the right."""
    tokenizer = AutoTokenizer.from_pretrained(model.folder, local_files_only=True, padding_side="right")
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def network_of(model: Model, dtype: torch.dtype = torch.float32) -> Any:
    """The model's transformer without a head of its own; what LoRA added is merged into the weights."""
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    given = {"local_files_only": True, "dtype": dtype}
    if model.tuned is None or model.tuned.method != "lora":
        return AutoModel.from_pretrained(model.folder, **given)
    from peft import PeftModel

    causal = model.tuned.objective == "causal-lm"
    network = (AutoModelForCausalLM if causal else AutoModel).from_pretrained(model.folder, **given)
    merged = PeftModel.from_pretrained(network, str(model.tuned.folder)).merge_and_unload()
    return merged.base_model if causal else merged


def head_of(model: Model) -> torch.nn.Linear | None:
    """The linear map that a training put on the pooled vector, on the CPU; None where there is none."""
    if model.tuned is None or model.tuned.method != "head":
        return None
    values = load_file(model.tuned.folder / HEAD_FILE)
    dimensions, width = values["weight"].shape
    head = torch.nn.Linear(width, dimensions)
    head.load_state_dict(values)
    return head.requires_grad_(False)
