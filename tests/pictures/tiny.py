"""A tiny real CLIP and SigLIP, built from a configuration, and pictures to read."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from PIL import Image, ImageDraw
from transformers import (
    CLIPConfig,
    CLIPImageProcessorPil,
    CLIPModel,
    CLIPTextConfig,
    CLIPVisionConfig,
    SiglipConfig,
    SiglipImageProcessorPil,
    SiglipModel,
    SiglipTextConfig,
    SiglipVisionConfig,
)

Maker = Callable[[Path], str]

VISION: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": 32,
    "patch_size": 8,
}
TEXT: dict[str, Any] = {
    "vocab_size": 50,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "max_position_embeddings": 8,
    "bos_token_id": 1,
    "eos_token_id": 2,
}


def clip(folder: Path, seed: int = 0) -> str:
    """Folder of a CLIP of two layers whose vectors are 24 wide."""
    torch.manual_seed(seed)
    config = CLIPConfig(text_config=CLIPTextConfig(**TEXT), vision_config=CLIPVisionConfig(**VISION), projection_dim=24)
    CLIPModel(config).save_pretrained(folder)
    size = {"height": 32, "width": 32}
    CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size=size).save_pretrained(folder)
    return str(folder)


def siglip(folder: Path) -> str:
    """Folder of a SigLIP of two layers whose vectors are 32 wide."""
    torch.manual_seed(0)
    config = SiglipConfig(text_config=SiglipTextConfig(**TEXT), vision_config=SiglipVisionConfig(**VISION))
    SiglipModel(config).save_pretrained(folder)
    SiglipImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(folder)
    return str(folder)


def drawing(colour: str | tuple[int, int, int], size: tuple[int, int] = (40, 40), shape: str = "") -> Image.Image:
    """A white picture with a shape of a colour; without a shape, all of that colour."""
    image = Image.new("RGB", size, "white" if shape else colour)
    if shape:
        box = (size[0] // 4, size[1] // 4, 3 * size[0] // 4, 3 * size[1] // 4)
        getattr(ImageDraw.Draw(image), shape)(box, fill=colour)
    return image


def content(image: Image.Image, kind: str = "PNG", **given: Any) -> bytes:
    """The file of a picture."""
    file = io.BytesIO()
    image.save(file, kind, **given)
    return file.getvalue()
