"""Vectors of the items' pictures: of a picture seen before from the cache, else opened, read and kept at once."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from recsys import schema
from recsys.language.cache import VectorCache
from recsys.pictures import places
from recsys.pictures.models import PictureModel
from recsys.pictures.opening import opened
from recsys.pictures.places import Place
from recsys.pictures.unusable import REASONS, Reason, Unusable
from recsys.progress import Progress
from recsys.settings import Settings

if TYPE_CHECKING:
    from recsys.pictures.encode import Encoder

Key = TypeVar("Key", str, bytes)
Made = TypeVar("Made")
Vector = npt.NDArray[np.floating]

CHUNK = 256
"""Pictures whose bytes are held at once; what a killed run has to do again at most."""
READERS = 8
"""Files or hosts that are waited for side by side."""
MAX_UNREACHABLE = 32
"""Pictures in a row that a host does not send in time, after which it is asked for no more of them."""


@dataclass(frozen=True)
class Pictures:
    """Vectors of items' pictures, in the order of the items."""

    vectors: npt.NDArray[np.float16]
    """(n_items, dimensions); rows of length 1, or 0 for an item without a picture that can be used."""
    encoded: int
    """Pictures that the model read now."""
    unusable: Mapping[Reason, int]
    """Items whose picture is not used, by reason."""

    @property
    def rows(self) -> dict[str, int]:
        """Counts for the manifest: items with a picture, pictures read now, items without by reason."""
        lost = {f"pictures {reason}": self.unusable.get(reason, 0) for reason in REASONS}
        return {"pictures": int(self.vectors.any(axis=1).sum()), "pictures encoded": self.encoded, **lost}


def vectors_of(items: pd.DataFrame, model: PictureModel, settings: Settings) -> Pictures:
    """Vectors of the pictures that `image_uri` names; unusable pictures are counted by reason, and stop nothing."""
    uris = items[schema.IMAGE_URI].fillna("").astype(str)
    cache = VectorCache(f"{settings.store}/cache/pictures/{model.version}", model.dimensions)
    reading = _Reading(model, settings, cache)
    found = reading.read(sorted(set(uris) - {""}))
    vectors = np.zeros((len(items), model.dimensions), np.float16)
    with_picture = uris.isin(found.keys()).to_numpy()
    vectors[with_picture], _ = cache.load(_keys([found[uri].key for uri in uris[with_picture]]))
    return Pictures(vectors, reading.encoded, Counter(uris.map(reading.lost).dropna()))


@dataclass
class _Reading:
    """What is made of some pictures, and why others are not used."""

    model: PictureModel
    settings: Settings
    cache: VectorCache
    encoded: int = 0
    lost: dict[str, Reason] = field(default_factory=dict)
    """By URI."""
    unreachable: Counter[str] = field(default_factory=Counter)
    """Pictures in a row that did not come, by host."""

    @cached_property
    def encoder(self) -> Encoder:
        """The model in memory, which takes seconds: a warm cache needs none."""
        from recsys.pictures.encode import Encoder

        return Encoder(self.model, self.settings.runtime)

    def read(self, uris: Sequence[str]) -> dict[str, Place]:
        """Places of the pictures whose vectors are in the cache now, by URI; those known there stay closed."""
        found, self.lost = _each(partial(places.locate, settings=self.settings.pictures), uris)
        _, known = self.cache.load(_keys([place.key for place in found.values()]))
        new = [uri for uri, there in zip(found, known, strict=True) if not there]
        progress = Progress("features: %d of %d pictures read", len(new))
        for start in range(0, len(new), CHUNK):
            self._read({uri: found[uri] for uri in new[start : start + CHUNK]})
            progress.reached(min(start + CHUNK, len(new)))
        return {uri: place for uri, place in found.items() if uri not in self.lost}

    def _read(self, chunk: Mapping[str, Place]) -> None:
        """Keeps the vectors of a chunk by place: the same content is encoded once, wherever it lies."""
        contents, lost = _each(lambda uri: self._content(chunk[uri]), list(chunk))
        digests = {uri: hashlib.sha256(content).hexdigest().encode() for uri, content in contents.items()}
        vectors, unusable = self._vectors({digest: contents[uri] for uri, digest in digests.items()})
        self.lost |= lost | {uri: unusable[digest] for uri, digest in digests.items() if digest in unusable}
        self._keep({chunk[uri].key: vectors[digest] for uri, digest in digests.items() if digest in vectors})

    def _content(self, place: Place) -> bytes:
        if self.unreachable[place.host] >= MAX_UNREACHABLE:
            raise Unusable("unreachable")
        try:
            content = places.read(place, self.settings.pictures)
        except Unusable as error:
            self.unreachable[place.host] = self.unreachable[place.host] + 1 if error.reason == "unreachable" else 0
            raise
        self.unreachable[place.host] = 0
        return content

    def _vectors(self, contents: Mapping[bytes, bytes]) -> tuple[dict[bytes, Vector], dict[bytes, Reason]]:
        """Vectors of contents by their SHA-256, and why others have none."""
        loaded, known = self.cache.load(_keys(list(contents)))
        kept = {key: vector for key, vector, there in zip(contents, loaded, known, strict=True) if there}
        pixels, unusable = _each(
            lambda key: self.encoder.pixels(opened(contents[key], self.settings.pictures.max_pixels)),
            [key for key in contents if key not in kept],
            side_by_side=1,  # a picture unfolds to a hundred MB and more
        )
        made = dict(zip(pixels, self.encoder.encode(list(pixels.values())), strict=True)) if pixels else {}
        self.encoded += len(made)
        self._keep(made)
        return {**kept, **made}, unusable

    def _keep(self, vectors: Mapping[bytes, Vector]) -> None:
        if vectors:
            self.cache.add(_keys(list(vectors)), np.stack(list(vectors.values())))


def _each(
    make: Callable[[Key], Made], keys: Sequence[Key], side_by_side: int = READERS
) -> tuple[dict[Key, Made], dict[Key, Reason]]:
    """What is made of each key, and why nothing is made of others."""

    def tried(key: Key) -> Made | Unusable:
        try:
            return make(key)
        except Unusable as error:
            return error

    with ThreadPoolExecutor(side_by_side) as pool:
        found = dict(zip(keys, pool.map(tried, keys), strict=True))
    return (
        {key: made for key, made in found.items() if not isinstance(made, Unusable)},
        {key: made.reason for key, made in found.items() if isinstance(made, Unusable)},
    )


def _keys(keys: Sequence[bytes]) -> npt.NDArray[np.bytes_]:
    return np.array(keys, dtype="S64")
