"""The sources by name. Importing this is cheap: a source imports pandas when it reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from recsys.settings import SourceSettings
from recsys.sources import files, movielens
from recsys.sources.tables import Tables


class Source(Protocol):
    """A module that knows one layout of input."""

    def read(self, settings: SourceSettings) -> Tables:
        """The tables as they are; raises `DataError` for a table that cannot be read at all."""

    def digest(self, settings: SourceSettings) -> str:
        """Digest of the content that `read` would return; the same digest is the same content."""


SOURCES: Mapping[str, Source] = {"movielens": movielens, "files": files}


def read(settings: SourceSettings) -> Tables:
    """The tables of the source that the settings name."""
    return SOURCES[settings.kind].read(settings)


def digest(settings: SourceSettings) -> str:
    """Digest of the content of the source that the settings name."""
    return SOURCES[settings.kind].digest(settings)
