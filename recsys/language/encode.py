"""Texts to vectors: the tokens of a transformer pooled into one vector, L2-normalised (Reimers & Gurevych 2019)."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import torch

from recsys.errors import SettingsError
from recsys.language.device import attention_of, device_of, halve, mixes_precision, quantized
from recsys.language.models import Model
from recsys.language.network import head_of, network_of, tokenizer_of
from recsys.language.pooling import pooled
from recsys.settings import LanguageSettings, RuntimeSettings

log = logging.getLogger(__name__)

Vectors = npt.NDArray[np.float32]

CHARACTERS_A_TOKEN = 32
"""Characters of a text that are read for each token it may have: no more is tokenized of an endless text."""


CPU_TOKENS = 512
"""Most padded tokens of a batch on a CPU: a larger batch is no faster, has more padding, and leaves the cache."""


class Encoder:
    """A language model in memory, on its device."""

    def __init__(self, model: Model, language: LanguageSettings, runtime: RuntimeSettings) -> None:
        model = model.read_as(language)
        self.device = "cpu" if model.int8 else device_of(runtime)
        self.workers = runtime.threads if self.device == "cpu" else 1
        """Batches read side by side, each by one thread: several threads for one batch wait for each other."""
        torch.set_num_threads(1 if self.device == "cpu" else runtime.threads)
        self.batch_tokens = language.batch_tokens if self.device == "cuda" else min(language.batch_tokens, CPU_TOKENS)
        self.instruction, self.dimensions, self.pooling = model.prompt, model.dimensions, model.pooling
        dtype = torch.bfloat16 if self.device == "cuda" else torch.float32
        self.tokenizer = tokenizer_of(model)
        self.special = model.kind != "static"
        """Whether tokens that begin and end a text are read too."""
        self.max_tokens = min(language.max_tokens, self.tokenizer.model_max_length)
        self.network = network_of(model, dtype, attention_of(self.device)).to(self.device).eval()
        self.mixed = mixes_precision(self.device) and not model.int8
        if self.mixed:
            halve(self.network)
        if model.int8:
            self.network = quantized(self.network)
        self.head = head_of(model)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts in their order, (n_texts, dimensions) float32 with rows of length 1.

        Raises `SettingsError` where not even one text fits on the device.
        """
        tokens = self._tokens(texts)
        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        made = batches([len(text) for text in tokens], self.batch_tokens)
        if self.workers == 1:
            for rows in made:
                self._encode(rows, tokens, vectors)
            return vectors
        with ThreadPoolExecutor(self.workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            list(pool.map(lambda rows: self._encode(rows, tokens, vectors), reversed(list(made))))
        return vectors

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        most = self.max_tokens * CHARACTERS_A_TOKEN
        read = [(self.instruction + text)[:most] for text in texts]
        if not read:
            return []
        found = self.tokenizer(read, truncation=True, max_length=self.max_tokens, add_special_tokens=self.special)
        return [ids or [self._padding] for ids in found["input_ids"]]

    @property
    def _padding(self) -> int:
        return self.tokenizer.pad_token_id or 0

    def _encode(self, rows: Sequence[int], tokens: Sequence[Sequence[int]], vectors: Vectors) -> None:
        """Fills in the vectors of some rows; in halves, and smaller batches from now on, where memory is short."""
        try:
            vectors[rows] = self._pooled([tokens[row] for row in rows])
            return
        except torch.OutOfMemoryError:
            if len(rows) == 1:
                raise SettingsError(
                    "the device has no memory for one text",
                    where="language.max_tokens",
                    seen=f"{len(tokens[rows[0]])} tokens on {self.device}",
                    expected="a smaller model, or shorter texts",
                    remedy="lower language.max_tokens, or set runtime.device=cpu",
                ) from None
        torch.cuda.empty_cache()
        self.batch_tokens = max(self.batch_tokens // 2, 1)
        log.warning("features: out of memory with %d texts at once; batches are halved", len(rows))
        middle = len(rows) // 2
        self._encode(rows[:middle], tokens, vectors)
        self._encode(rows[middle:], tokens, vectors)

    @torch.inference_mode()
    def _pooled(self, tokens: Sequence[Sequence[int]]) -> Vectors:
        lengths = torch.tensor([len(text) for text in tokens])
        ids = _padded(tokens, self._padding).to(self.device)
        mask = (torch.arange(ids.shape[1]) < lengths[:, None]).long().to(self.device)
        even = bool((lengths == ids.shape[1]).all())  # no padding, no mask: attention takes its fastest way
        with torch.autocast("cpu", torch.bfloat16, enabled=self.mixed):
            hidden = self.network(input_ids=ids, attention_mask=None if even else mask).last_hidden_state.float()
        made = pooled(hidden, mask, self.pooling).cpu()
        if self.head is not None:
            made = self.head(_cut(made, self.head.in_features))
        vectors: Vectors = _cut(made, self.dimensions).numpy()
        return vectors


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


def _cut(vectors: torch.Tensor, width: int) -> torch.Tensor:
    """The first columns, of length 1 again (Matryoshka representations; Kusupati et al. 2022)."""
    return torch.nn.functional.normalize(vectors[:, :width], dim=1)


def _padded(rows: Sequence[Sequence[int]], padding: int) -> torch.Tensor:
    return torch.nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows], batch_first=True, padding_value=padding)
