"""Texts to vectors: mean pooling over the tokens of a transformer, L2-normalised (Reimers & Gurevych 2019)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import torch
from transformers import AutoModel, AutoTokenizer
from transformers.utils import logging as transformers_logging

from recsys.errors import SettingsError
from recsys.language.models import Model
from recsys.settings import LanguageSettings

Vectors = npt.NDArray[np.float32]


class Encoder:
    """An encoder in memory, on its device."""

    def __init__(self, model: Model, settings: LanguageSettings) -> None:
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        torch.set_num_threads(settings.threads)
        self.device = device_of(settings)
        self.max_tokens, self.batch_tokens = settings.max_tokens, settings.batch_tokens
        dtype = torch.bfloat16 if self.device == "cuda" else torch.float32
        self.tokenizer = AutoTokenizer.from_pretrained(model.folder, local_files_only=True)
        self.network = AutoModel.from_pretrained(model.folder, local_files_only=True, dtype=dtype)
        self.network.to(self.device).eval()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts in their order, (n_texts, dimensions) float32 with rows of length 1."""
        tokens = self.tokenizer(list(texts), truncation=True, max_length=self.max_tokens)["input_ids"]
        vectors = np.empty((len(texts), self.network.config.hidden_size), dtype=np.float32)
        for rows in batches([len(ids) for ids in tokens], self.batch_tokens):
            vectors[rows] = self._pooled([tokens[row] for row in rows])
        return vectors

    @torch.inference_mode()
    def _pooled(self, tokens: Sequence[Sequence[int]]) -> Vectors:
        ids = _padded(tokens, self.tokenizer.pad_token_id or 0).to(self.device)
        mask = _padded([[1] * len(one) for one in tokens], 0).to(self.device)
        hidden = self.network(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        weights = mask.unsqueeze(-1).float()
        mean = (hidden * weights).sum(dim=1) / weights.sum(dim=1)
        pooled: Vectors = torch.nn.functional.normalize(mean, dim=1).cpu().numpy()
        return pooled


def batches(lengths: Sequence[int], batch_tokens: int) -> Iterator[list[int]]:
    """Row numbers in batches of like length, each of at most `batch_tokens` padded tokens (or one row).

    >>> list(batches([3, 9, 2, 3], batch_tokens=9))
    [[2, 0, 3], [1]]
    """
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lambda row: lengths[row]):
        if batch and lengths[row] * (len(batch) + 1) > batch_tokens:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def device_of(settings: LanguageSettings) -> str:
    """`cuda` or `cpu`; raises `SettingsError` where CUDA is asked for and there is none."""
    there = torch.cuda.is_available()
    if settings.device == "cuda" and not there:
        raise SettingsError("there is no CUDA device", where="language.device", seen="cuda", expected="auto or cpu",
                            remedy="run on a machine with a GPU, or set language.device=auto")  # fmt: skip
    return "cuda" if there and settings.device != "cpu" else "cpu"


def _padded(rows: Sequence[Sequence[int]], padding: int) -> torch.Tensor:
    return torch.nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows], batch_first=True, padding_value=padding)
