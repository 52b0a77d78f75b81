"""Pictures to vectors: the vision tower of CLIP (Radford et al. 2021) or SigLIP (Zhai et al. 2023)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image
from transformers import CLIPImageProcessorPil, CLIPModel, SiglipImageProcessorPil, SiglipModel
from transformers.utils import logging as transformers_logging

from recsys.events.interactions import Floats
from recsys.language.device import device_of
from recsys.pictures.models import Kind, PictureModel
from recsys.settings import RuntimeSettings

BATCH = 32
"""Pictures that are read at once."""

PARTS: dict[Kind, tuple[Any, Any]] = {
    "clip": (CLIPImageProcessorPil, CLIPModel),
    "siglip": (SiglipImageProcessorPil, SiglipModel),
}
"""What scales pictures and what reads them. No code of a model's folder is run: these classes are transformers' own."""


class Encoder:
    """A model of pictures in memory, on its device."""

    def __init__(self, model: PictureModel, runtime: RuntimeSettings) -> None:
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        self.device, self.dimensions = device_of(runtime), model.dimensions
        torch.set_num_threads(runtime.threads)
        processor, network = PARTS[model.kind]
        self.processor = processor.from_pretrained(model.folder, local_files_only=True)
        given = {"local_files_only": True, "use_safetensors": True, "dtype": torch.float32}
        whole = network.from_pretrained(model.folder, **given)
        del whole.text_model
        self.network = whole.to(self.device).eval()

    def pixels(self, image: Image.Image) -> torch.Tensor:
        """A picture in RGB scaled, cut and normalised as the model expects it, (3, height, width)."""
        made: torch.Tensor = self.processor(image, return_tensors="pt")["pixel_values"][0]
        return made

    @torch.inference_mode()
    def encode(self, pixels: Sequence[torch.Tensor]) -> Floats:
        """Vectors of pictures in their order, (n_pictures, dimensions) float32 with rows of length 1."""
        vectors = np.empty((len(pixels), self.dimensions), np.float32)
        for start in range(0, len(pixels), BATCH):
            batch = torch.stack(list(pixels[start : start + BATCH])).to(self.device)
            found = self.network.get_image_features(pixel_values=batch).pooler_output
            vectors[start : start + len(batch)] = torch.nn.functional.normalize(found, dim=1).cpu().numpy()
        return vectors
