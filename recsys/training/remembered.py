"""A frozen model as a module of sentence-transformers: texts are looked up, not read again at every step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from sentence_transformers.base.modules import InputModule

from recsys.events.interactions import Floats


class Remembered(InputModule):
    """Vectors that a frozen model made before, by text. They are no weights of its own, and are not saved."""

    config_keys: list[str] = ["dimensions"]  # noqa: RUF012

    def __init__(self, dimensions: int, texts: Sequence[str] = (), vectors: Floats | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.dimensions = dimensions
        self.place = {text: row for row, text in enumerate(texts)}
        self.vectors = torch.zeros(0, dimensions) if vectors is None else torch.from_numpy(vectors)

    def preprocess(self, inputs: Sequence[Any], prompt: str | None = None, **kwargs: Any) -> dict[str, Any]:
        """Vectors of the texts as features; raises `KeyError` for a text that was not read before."""
        del prompt, kwargs
        return {"sentence_embedding": self.vectors[[self.place[text] for text in inputs]]}

    def forward(self, features: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """The features as they are."""
        del kwargs
        return features

    def get_embedding_dimension(self) -> int:
        """Width of the vectors."""
        return self.dimensions

    def save(self, output_path: str, *args: Any, **kwargs: Any) -> None:
        """Keeps the width alone."""
        del args, kwargs
        self.save_config(output_path)

    @classmethod
    def load(cls, model_name_or_path: str, **kwargs: Any) -> Remembered:  # type: ignore[override]
        """An empty memory of the same width."""
        config = cls.load_config(model_name_or_path, subfolder=kwargs.get("subfolder", ""))
        return cls(int(config["dimensions"]))
