"""The causal objective: the next token of behaviour as text, as GPT-2 learned texts (Radford et al. 2019)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from transformers import (
    AutoModelForCausalLM,
    EarlyStoppingCallback,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainingArguments,
    default_data_collator,
)

from recsys.errors import DataError, SettingsError
from recsys.language.models import Model
from recsys.language.network import tokenizer_of
from recsys.settings import RuntimeSettings, TrainingSettings
from recsys.training.arguments import latest_checkpoint, shared


def train(
    model: Model,
    texts: Sequence[str],
    judges: Sequence[str],
    training: TrainingSettings,
    runtime: RuntimeSettings,
    folder: Path,
    watchers: Sequence[TrainerCallback] = (),
) -> Any:
    """The tuned decoder, as it was where the texts of the `judges` surprised it least; checkpoints lie in `folder`.

    A training that was cut short resumes from its last checkpoint. Raises `SettingsError` for a model that is no causal
    decoder, `DataError` where the texts do not fill a block.
    """
    if model.kind != "decoder" or training.method == "head":
        raise SettingsError(
            "the objective causal-lm does not fit",
            where="training.base, training.method",
            seen=f"{model.name} ({model.kind}), {training.method}",
            expected="a causal decoder, lora or full",
            remedy="choose them, or set training.objective=contrastive",
        )
    torch.manual_seed(training.seed)
    learnt, judged = (_dataset(model, prompts, training) for prompts in (texts, judges or texts))
    arguments = TrainingArguments(
        **shared(training, runtime, folder), metric_for_best_model="eval_loss", greater_is_better=False
    )
    trainer = Trainer(
        network_of(model, training),
        args=arguments,
        train_dataset=learnt,
        eval_dataset=judged,
        data_collator=default_data_collator,
        callbacks=[EarlyStoppingCallback(training.patience), *watchers],
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train(resume_from_checkpoint=latest_checkpoint(folder))
    return trainer.model


def network_of(model: Model, training: TrainingSettings) -> Any:
    """The decoder with its language head, all of it to be learned or LoRA on it."""
    network = AutoModelForCausalLM.from_pretrained(
        model.folder, local_files_only=True, trust_remote_code=False, dtype=torch.float32
    )
    if training.method == "full":
        return network
    from peft import get_peft_model

    from recsys.training.lora import configuration

    return get_peft_model(network, configuration(network, training, "CAUSAL_LM"))


def blocks(model: Model, texts: Sequence[str], length: int) -> np.ndarray:
    """Tokens of the texts, one after another with an end between them, (n_blocks, length); the rest is dropped."""
    tokenizer = tokenizer_of(model)
    end = tokenizer.eos_token_id if tokenizer.eos_token_id is not None else tokenizer.pad_token_id
    ids = [token for of_text in tokenizer(list(texts))["input_ids"] for token in [*of_text, end]] if texts else []
    count = len(ids) // length
    return np.array(ids[: count * length], np.int64).reshape(count, length)


def _dataset(model: Model, texts: Sequence[str], training: TrainingSettings) -> Dataset:
    made = blocks(model, texts, training.block_tokens)
    if not len(made):
        raise DataError(
            "there is nothing to learn from",
            where="events",
            seen=f"{len(texts)} texts shorter than a block",
            expected=f"{training.block_tokens} tokens",
            remedy="train on more events, or lower training.block_tokens",
        )
    rows = made.tolist()
    return Dataset.from_dict({"input_ids": rows, "labels": rows, "attention_mask": np.ones_like(made).tolist()})
