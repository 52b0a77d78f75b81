"""Tiny real models, built from a configuration: they learn and load as large ones do, in no time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertModel,
    GPT2Config,
    GPT2LMHeadModel,
    PreTrainedTokenizerFast,
    Qwen3Config,
    Qwen3Model,
    XLMRobertaConfig,
    XLMRobertaModel,
)

WORDS = [
    "space",
    "war",
    "robot",
    "planet",
    "love",
    "wedding",
    "summer",
    "paris",
    "film",
    "science",
    "fiction",
    "romance",
    "what",
    "somebody",
    "did",
    "first",
]


def encoder(folder: Path, seed: int = 0) -> str:
    """Folder of a BERT of two layers, 32 wide."""
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=200,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=160,
    )
    BertModel(config).save_pretrained(folder)
    return _with_tokenizer(folder)


def decoder(folder: Path, seed: int = 0) -> str:
    """Folder of a GPT-2 of two layers, 32 wide."""
    torch.manual_seed(seed)
    config = GPT2Config(vocab_size=200, n_embd=32, n_layer=2, n_head=2, n_positions=160, bos_token_id=0, eos_token_id=0)
    GPT2LMHeadModel(config).save_pretrained(folder)
    return _with_tokenizer(folder)


def qwen3(folder: Path, padding: str = "left") -> str:
    """Folder of a Qwen3 of two layers, 32 wide, whose texts end in a token of their own."""
    torch.manual_seed(1)
    config = Qwen3Config(
        vocab_size=200,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,
    )
    Qwen3Model(config).save_pretrained(folder)
    return _with_tokenizer(folder, "$A [SEP]", padding)


def xlm_roberta(folder: Path) -> str:
    """Folder of an XLM-R of two layers, 32 wide, whose positions are counted from its padding token on."""
    torch.manual_seed(2)
    config = XLMRobertaConfig(
        vocab_size=200,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=162,
        pad_token_id=0,
    )
    XLMRobertaModel(config).save_pretrained(folder)
    return _with_tokenizer(folder, "[CLS] $A [SEP]")


def bert(folder: Path) -> str:
    """Folder of a BERT of two layers, 32 wide, whose texts begin and end as those of a real one."""
    encoder(folder)
    return _with_tokenizer(folder, "[CLS] $A [SEP]")


def _with_tokenizer(folder: Path, template: str = "", padding: str = "right") -> str:
    vocabulary = {"[PAD]": 0, "[UNK]": 1, **{word: place + 2 for place, word in enumerate(WORDS)}}
    vocabulary |= {str(number): len(vocabulary) + number for number in range(100)}
    vocabulary |= {"[CLS]": 190, "[SEP]": 191} if template else {}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    if template:
        tokenizer.post_processor = processors.TemplateProcessing(
            single=template, special_tokens=[("[CLS]", 190), ("[SEP]", 191)]
        )
    fast: Any = PreTrainedTokenizerFast
    given = {"pad_token": "[PAD]", "unk_token": "[UNK]", "padding_side": padding, "model_max_length": 160}
    fast(tokenizer_object=tokenizer, **given).save_pretrained(folder)
    return str(folder)
