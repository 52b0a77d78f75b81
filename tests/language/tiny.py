"""Tiny real models, built from a configuration: they learn and load as large ones do, in no time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertModel, GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

WORDS = ["space", "war", "robot", "planet", "love", "wedding", "summer", "paris", "film", "science", "fiction",
         "romance", "what", "somebody", "did", "first"]  # fmt: skip


def encoder(folder: Path, seed: int = 0) -> str:
    """Folder of a BERT of two layers, 32 wide."""
    torch.manual_seed(seed)
    config = BertConfig(vocab_size=200, hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
                        intermediate_size=64, max_position_embeddings=160)  # fmt: skip
    BertModel(config).save_pretrained(folder)
    return _with_tokenizer(folder)


def decoder(folder: Path, seed: int = 0) -> str:
    """Folder of a GPT-2 of two layers, 32 wide."""
    torch.manual_seed(seed)
    config = GPT2Config(vocab_size=200, n_embd=32, n_layer=2, n_head=2, n_positions=160, bos_token_id=0, eos_token_id=0)
    GPT2LMHeadModel(config).save_pretrained(folder)
    return _with_tokenizer(folder)


def _with_tokenizer(folder: Path) -> str:
    vocabulary = {"[PAD]": 0, "[UNK]": 1, **{word: place + 2 for place, word in enumerate(WORDS)}}
    vocabulary |= {str(number): len(vocabulary) + number for number in range(100)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    fast: Any = PreTrainedTokenizerFast
    fast(tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]").save_pretrained(folder)
    return str(folder)
