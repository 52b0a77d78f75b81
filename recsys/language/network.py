"""A model's parts in memory: its tokenizer, its transformer or token vectors, the head that a training put on it."""

from __future__ import annotations

import json
from typing import Any

import torch
from safetensors.torch import load_file
from transformers import (
    MODEL_MAPPING,
    AutoConfig,
    AutoModel,
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedTokenizerFast,
)
from transformers.modeling_outputs import BaseModelOutput
from transformers.utils import logging as transformers_logging

from recsys.language.models import Model

HEAD_FILE = "head.safetensors"
"""`weight`, (dimensions, width), and `bias`, (dimensions,), of a linear map of the pooled vector."""


def tokenizer_of(model: Model) -> Any:
    """The model's tokenizer, which pads on the right."""
    if model.kind == "static":
        fast: Any = PreTrainedTokenizerFast
        return fast(tokenizer_file=str(model.folder / "tokenizer.json"))
    given = {"local_files_only": True, "trust_remote_code": False}
    tokenizer = AutoTokenizer.from_pretrained(model.folder, padding_side="right", **given)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def network_of(model: Model, dtype: torch.dtype = torch.float32, attention: str | None = None) -> Any:
    """The model's transformer without a head of its own; what LoRA added is merged into the weights.

    `attention` is the implementation to be used where the architecture has it.
    """
    if model.kind == "static":
        return TokenVectors(model)
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    given = {"local_files_only": True, "trust_remote_code": False, "dtype": dtype}
    if attention and _supports_flash(model):
        given["attn_implementation"] = attention
    if model.tuned is None or model.tuned.method != "lora":
        return AutoModel.from_pretrained(model.folder, **given)
    from peft import PeftModel

    causal = model.tuned.objective == "causal-lm"
    network = (AutoModelForCausalLM if causal else AutoModel).from_pretrained(model.folder, **given)
    merged = PeftModel.from_pretrained(network, str(model.tuned.folder)).merge_and_unload()
    return merged.base_model if causal else merged


def _supports_flash(model: Model) -> bool:
    config = AutoConfig.from_pretrained(model.folder, local_files_only=True, trust_remote_code=False)
    return bool(getattr(MODEL_MAPPING.get(type(config), None), "_supports_flash_attn", False))


class TokenVectors(torch.nn.Module):
    """A vector per token, in the place of a transformer's hidden states: the files of model2vec.

    Unknown tokens have no part in a mean.
    """

    def __init__(self, model: Model) -> None:
        super().__init__()
        values = load_file(model.folder / "model.safetensors")
        rows = values["embeddings"].float()
        rows = rows[values["mapping"].long()] if "mapping" in values else rows.clone()
        rows = rows * values["weights"].float()[:, None] if "weights" in values else rows
        unknown = _unknown(tokenizer_of(model))
        if unknown is not None:
            rows[unknown] = 0
        self.vectors = torch.nn.Embedding.from_pretrained(rows)  # type: ignore[no-untyped-call]

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor | None = None) -> BaseModelOutput:
        """Vectors of the tokens, (n_texts, n_tokens, width)."""
        del attention_mask
        return BaseModelOutput(last_hidden_state=self.vectors(input_ids))


def _unknown(tokenizer: Any) -> int | None:
    """Id of the unknown token; None where there is none."""
    pieces = json.loads(tokenizer.backend_tokenizer.to_str())["model"]
    found: int | None = pieces.get("unk_id", tokenizer.backend_tokenizer.token_to_id(pieces.get("unk_token") or ""))
    return found


def head_of(model: Model) -> torch.nn.Linear | None:
    """The linear map that a training put on the pooled vector, on the CPU; None where there is none."""
    if model.tuned is None or model.tuned.method != "head":
        return None
    values = load_file(model.tuned.folder / HEAD_FILE)
    dimensions, width = values["weight"].shape
    head = torch.nn.Linear(width, dimensions)
    head.load_state_dict(values)
    return head.requires_grad_(False)
