"""Where a picture may be read from: files in listed folders, and URLs of listed hosts. Everything else is refused."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import httpx

from recsys.pictures import download
from recsys.pictures.unusable import Unusable
from recsys.settings import PictureSettings


@dataclass(frozen=True)
class Place:
    """Where an allowed picture lies."""

    where: str | httpx.URL
    """The resolved path of a file, or the URL."""
    key: bytes
    """SHA-256 in 64 hexadecimal digits of the URL, or of a file's path, size and time of change."""

    @property
    def host(self) -> str:
        """The host that is asked for it; "" for a file."""
        return self.where.host if isinstance(self.where, httpx.URL) else ""


def locate(image_uri: str, settings: PictureSettings) -> Place:
    """The place of a picture; the first of "a|b". Raises `Unusable` for a picture that is refused, missing or too
    large.

    Nothing is opened and no host is asked.
    """
    first = image_uri.partition("|")[0].strip()
    scheme, found, rest = first.partition("://")
    if not found:
        return _file(first, settings)
    if scheme.lower() in ("http", "https"):
        url = download.checked(first, settings.hosts)
        return Place(url, _key("url", url))
    host, slash, path = rest.partition("/")
    if scheme.lower() != "file" or host not in ("", "localhost"):
        raise Unusable("refused")
    return _file(unquote(slash + path), settings)


def read(place: Place, settings: PictureSettings) -> bytes:
    """The bytes at a place; raises `Unusable` where they cannot be had."""
    if isinstance(place.where, httpx.URL):
        return download.fetch(place.where, settings)
    return _read(place.where, settings.max_bytes)


def _file(path: str, settings: PictureSettings) -> Place:
    real = _resolved(path, settings.folders)
    try:
        found = os.stat(real)
    except OSError:
        raise Unusable("missing") from None
    if not stat.S_ISREG(found.st_mode):
        raise Unusable("refused")
    if found.st_size > settings.max_bytes:
        raise Unusable("too large")
    return Place(real, _key("file", real, found.st_size, found.st_mtime_ns))


def _resolved(path: str, folders: Sequence[str]) -> str:
    """The path without symlinks and "..", in a listed folder; of a relative path the first that exists.

    Raises `Unusable` ("refused") for a path outside of the folders, whether there is something or not.
    """
    if "\x00" in path or not path:
        raise Unusable("refused")
    roots = [os.path.realpath(folder) for folder in folders]
    tried = [os.path.realpath(os.path.join(root, path)) for root in roots]  # an absolute path replaces the root
    inside = [real for real in tried if any(Path(real).is_relative_to(root) for root in roots)]
    if not inside:
        raise Unusable("refused")
    return next((real for real in inside if os.path.exists(real)), inside[0])


def _read(path: str, max_bytes: int) -> bytes:
    try:
        # The last name is no link any more: what was resolved may have been replaced since.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Unusable("refused")
            content = file.read(max_bytes + 1)
    except OSError:
        raise Unusable("missing") from None
    if len(content) > max_bytes:
        raise Unusable("too large")
    return content


def _key(*parts: object) -> bytes:
    return hashlib.sha256(repr(tuple(map(str, parts))).encode(errors="surrogatepass")).hexdigest().encode()
