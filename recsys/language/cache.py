"""Vectors of texts that a model version has read before, in part files that are only ever added."""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import zipfile
from collections.abc import Iterator, Sequence
from uuid import uuid4

import fsspec
import numpy as np
import numpy.typing as npt

from recsys.errors import DataError, TransientError

log = logging.getLogger(__name__)

Keys = npt.NDArray[np.bytes_]
Vectors = npt.NDArray[np.float16]
Mask = npt.NDArray[np.bool_]


def keys_of(texts: Sequence[str]) -> Keys:
    """SHA-256 of each text, (n_texts,) as 64 hexadecimal digits."""
    return np.array([hashlib.sha256(text.encode()).hexdigest() for text in texts], dtype="S64")


class VectorCache:
    """Vectors by key under one URI. Parts are committed by rename, so several processes may read and add at once.

    Reading raises `DataError` where vectors of another width are kept.
    """

    def __init__(self, uri: str, dimensions: int) -> None:
        self.filesystem, self.root = fsspec.core.url_to_fs(uri)
        self.dimensions = dimensions

    def load(self, keys: Keys) -> tuple[Vectors, Mask]:
        """Vectors, (n_keys, dimensions) with zeros for the unknown, and which keys are known, (n_keys,)."""
        vectors, known = np.zeros((len(keys), self.dimensions), dtype=np.float16), np.zeros(len(keys), dtype=bool)
        for part_keys, part_vectors in self._parts():
            order = np.argsort(part_keys)
            place = order[np.searchsorted(part_keys, keys, sorter=order).clip(max=len(order) - 1)]
            here = part_keys[place] == keys
            vectors[here], known[here] = part_vectors[place[here]], True
        return vectors, known

    def add(self, keys: Keys, vectors: npt.NDArray[np.floating]) -> None:
        """Keeps vectors, (n_keys, dimensions), as one part; raises `TransientError` where there is no room for them."""
        content = io.BytesIO()
        np.savez(content, keys=keys, vectors=vectors.astype(np.float16))
        name = hashlib.sha256(b"".join(keys)).hexdigest()[:16]
        aside = f"{self.root}/.aside-{uuid4().hex}"
        self.filesystem.makedirs(self.root, exist_ok=True)
        try:
            self.filesystem.pipe_file(aside, content.getvalue())
            self.filesystem.mv(aside, f"{self.root}/part-{name}.npz")
        except OSError as error:
            self._remove(aside)
            raise TransientError(
                "vectors could not be kept",
                where=self.root,
                seen=error.strerror or str(error),
                expected=f"{len(content.getvalue())} bytes of room",
                remedy="make room: what was kept before is not read again",
            ) from error

    def _parts(self) -> Iterator[tuple[Keys, Vectors]]:
        for path in sorted(self.filesystem.glob(f"{self.root}/part-*.npz")):
            part = self._read(path)
            if part is not None and len(part[0]):
                yield part

    def _read(self, path: str) -> tuple[Keys, Vectors] | None:
        """A part; a damaged part is removed, and None: its texts are encoded again. A zip carries checksums."""
        try:
            content = self.filesystem.cat_file(path)
        except FileNotFoundError:  # another process found it damaged and removed it
            return None
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as part:
                keys, vectors = part["keys"], part["vectors"]
            if vectors.ndim != 2 or len(vectors) != len(keys):
                raise ValueError(f"vectors of shape {vectors.shape} for {len(keys)} keys")
        except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile) as error:
            log.warning("features: %s is damaged (%s); its texts are encoded again", path, error)
            self._remove(path)
            return None
        if vectors.shape[1] != self.dimensions:
            raise DataError(
                "the vectors that were kept are of another model of the same version",
                where=path,
                seen=f"{vectors.shape[1]} columns",
                expected=f"{self.dimensions} columns",
                remedy=f"remove {self.root}: its texts are encoded again",
            )
        return keys, vectors

    def _remove(self, path: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self.filesystem.rm_file(path)
