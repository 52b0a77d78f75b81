"""Vectors of the texts of made-up items, in place of those of a language model: texts of a taste lie close."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from zlib import crc32

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from benchmarks.scale.words import TASTES

TOKEN: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
TASTE: Final = {word: number for number, (name, words) in enumerate(TASTES.items()) for word in (name, *words)}
"""Number of the taste of a word."""
COMMON: Final = 3.5
"""Weight of what all texts share: language models crowd texts into one cone."""
OWN: Final = 1.6
"""Weight of what is a word's own beside its taste."""


def planted(texts: Sequence[str], dimensions: int) -> npt.NDArray[np.float16]:
    """Vectors of texts, (n_texts, dimensions), rows of length 1; a text has the same vector wherever it stands.

    The sum of its words' vectors, which are directions of tastes and of the words themselves, and a common vector.
    """
    tokens = [TOKEN.findall(text.lower()) for text in texts]
    words = sorted({word for row in tokens for word in row})
    number = {word: place for place, word in enumerate(words)}
    starts = np.cumsum([0, *map(len, tokens)])
    columns = np.fromiter((number[word] for row in tokens for word in row), np.int64, starts[-1])
    counts = sp.csr_matrix((np.ones(starts[-1], np.float32), columns, starts), shape=(len(texts), len(words)))
    vectors = counts @ _words(words, dimensions) + COMMON * _direction("common", dimensions)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float16)


def _words(words: Sequence[str], dimensions: int) -> npt.NDArray[np.float32]:
    tastes = np.stack([_direction(f"taste {name}", dimensions) for name in TASTES])
    own = np.stack([_direction(word, dimensions) for word in words])
    shared = np.stack([tastes[TASTE[word]] if word in TASTE else np.zeros(dimensions, np.float32) for word in words])
    return np.asarray(shared + OWN * own, np.float32)


def _direction(name: str, dimensions: int) -> npt.NDArray[np.float32]:
    """A random direction of length about 1, the same for the same name."""
    rng = np.random.default_rng(crc32(name.encode()))
    return rng.standard_normal(dimensions, np.float32) / np.float32(np.sqrt(dimensions))
