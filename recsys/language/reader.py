"""Which model reads a catalogue: the named model, or for `auto` a model that knows the words of the item texts."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

import fsspec
import numpy as np

from recsys.artifacts import Manifest
from recsys.language import models, vocabulary
from recsys.language.models import Model
from recsys.language.vocabulary import Reading
from recsys.language.wheels import INT8, MINILM, MULTILINGUAL, STATIC
from recsys.schema import ITEM_ID, TEXT

log = logging.getLogger(__name__)

AUTO = "auto"
MAX_UNKNOWN = 0.02
"""Share of unknown tokens from which on a model cannot read a catalogue."""
MAX_CUT = 0.5
"""Share of words cut into pieces from which on they are not English, the language of MiniLM."""
MADE_OF_MINILM = (INT8, STATIC)
"""Models with its tokenizer."""
SAMPLE = 2000
"""Texts by which that is judged."""


@dataclass(frozen=True)
class Reader:
    """A model beside the catalogue that it is to read."""

    model: Model
    unknown: float
    """Share of the tokens of the item texts that the model does not know, in [0, 1]."""
    why: str
    """Why it is this model, or why it should not be, in a sentence."""
    warns: bool
    """Whether the sentence is a warning."""

    def log(self) -> None:
        """Logs why."""
        log.log(logging.WARNING if self.warns else logging.INFO, "features: %s", self.why)


def model_of(name: str, ingested: Manifest, offline: bool = True) -> Model:
    """The model of that name; of `auto`, MiniLM where it reads the catalogue, else the multilingual model."""
    if name != AUTO:
        return models.find(name, offline)
    minilm = models.find(MINILM)
    return minilm if _reads(minilm, _reading(minilm, ingested)) else models.find(MULTILINGUAL)


def find(name: str, ingested: Manifest, offline: bool = True) -> Reader:
    """The model of that name beside the catalogue; raises `SettingsError` where there is no such model."""
    model = model_of(name, ingested, offline)
    found = _reading(model, ingested)
    if name == AUTO:
        minilm = models.find(MINILM)
        who = "it" if model == minilm else model.name
        return Reader(model, found.unknown, f"{_said(minilm, _reading(minilm, ingested))}: {who} reads them", False)
    warns = not _reads(model, found)
    return Reader(model, found.unknown, _said(model, found) + (_remedy(model) if warns else ""), warns)


def _base(model: Model) -> str:
    name = model.tuned.base if model.tuned else model.name
    return MINILM if name in MADE_OF_MINILM else name


def _reads(model: Model, found: Reading) -> bool:
    return found.unknown < MAX_UNKNOWN and (_base(model) != MINILM or found.cut < MAX_CUT)


def _said(model: Model, found: Reading) -> str:
    if found.unknown < MAX_UNKNOWN and not _reads(model, found):
        return f"{found.cut:.0%} of the words of the item texts are cut into pieces by {_base(model)}"
    return f"{found.unknown:.0%} of the tokens of the item texts are unknown to {_base(model)}"


def _remedy(model: Model) -> str:
    if _base(model) == MULTILINGUAL:
        return "; set language.model to one that reads this language"
    if model.tuned:
        return f"; set training.base to {AUTO} or {MULTILINGUAL} and train anew"
    return f"; set language.model to {AUTO} or {MULTILINGUAL}"


def _reading(model: Model, ingested: Manifest) -> Reading:
    return _read(model, f"{ingested.uri}/items.parquet", ingested.fingerprint)


@lru_cache(maxsize=8)
def _read(model: Model, items: str, fingerprint: str) -> Reading:
    del fingerprint  # other content of the same file is another catalogue
    return vocabulary.reading(model, sample(items))


def sample(items: str) -> Sequence[str]:
    """Texts of at most `SAMPLE` items, sampled by their ids: a catalogue that grows keeps most of its sample.

    `items` is the URI of the table, of which nothing but these two columns is fetched.
    """
    import pyarrow.parquet as pq

    with fsspec.open(items) as content:
        table = pq.ParquetFile(content)
        ids = table.read([ITEM_ID])[ITEM_ID].to_pylist()
        order = np.argsort([crc32(item.encode()) for item in ids], kind="stable")[:SAMPLE]
        return table.read([TEXT])[TEXT].take(order).to_pylist()  # type: ignore[no-any-return]
