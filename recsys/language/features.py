"""Vectors of a shard's items: from the cache where their text was read before, else encoded and kept at once."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from recsys import schema
from recsys.events import digests
from recsys.language.cache import VectorCache, keys_of
from recsys.language.models import Model
from recsys.progress import Progress
from recsys.settings import LanguageSettings, Settings

log = logging.getLogger(__name__)

CHUNK = {"cpu": 512, "cuda": 16_384}
"""Texts that are encoded before they are kept: what a killed run has to do again at most, two seconds or so."""


@dataclass(frozen=True)
class Features:
    """Vectors of items, in their order."""

    vectors: npt.NDArray[np.float16]
    """(n_items, dimensions); rows of length 1, or 0 for an item without text."""
    encoded: int
    """Texts that were encoded now."""
    cached: int
    """Items whose text had been read before."""


def in_shard(items: pd.DataFrame, shard: int, shards: int) -> pd.DataFrame:
    """The items whose id hashes into the shard, in their order: an item keeps its shard as the catalogue grows."""
    rows = digests.in_shard(digests.hashed(items[schema.ITEM_ID].to_numpy(object)), shard, shards)
    return items.iloc[rows].reset_index(drop=True)


def reading(model: Model, language: LanguageSettings) -> str:
    """Name of a way to read a text: the version of the model as it is read, and how much of a text."""
    return f"{model.read_as(language).version}-{language.max_tokens}"


def vectors_of(items: pd.DataFrame, model: Model, settings: Settings) -> Features:
    """Vectors of the items' texts by a model."""
    language = settings.language
    dimensions = model.read_as(language).dimensions
    cache = VectorCache(f"{settings.store}/cache/features/{reading(model, language)}", dimensions)
    texts = items[schema.TEXT].to_numpy(object)
    keys = keys_of(texts)
    vectors, known = cache.load(keys)
    new = items.loc[~known & (texts != ""), schema.TEXT].unique().tolist()
    if new:
        encode_into(cache, new, model, settings)
        vectors, _ = cache.load(keys)
    return Features(vectors, encoded=len(new), cached=int(known.sum()))


def encode_into(cache: VectorCache, texts: list[str], model: Model, settings: Settings) -> None:
    """Encodes texts and keeps their vectors, chunk by chunk, shortest first."""
    from recsys.language.encode import Encoder  # torch takes seconds to import, and a warm cache needs none of it

    encoder = Encoder(model, settings.language, settings.runtime)
    ordered = sorted(texts, key=lambda text: (len(text), text))
    progress, size = Progress("features: %d of %d texts encoded", len(ordered)), CHUNK[encoder.device]
    for start in range(0, len(ordered), size):
        chunk = ordered[start : start + size]
        cache.add(keys_of(chunk), encoder.encode(chunk))
        progress.reached(start + len(chunk))
