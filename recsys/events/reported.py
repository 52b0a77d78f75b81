"""Feedback as events: what applications report of recommendations counts beside what the source holds.

It lies in the serving store, of which no room before that of publications knows: who reads it is loaded by name.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Protocol, cast

from recsys.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa

READER = "recsys.feedback.source"
"""The module that reads feedback; it fulfils `Reader`."""


@dataclass(frozen=True)
class Reported:
    """The feedback up to a day, summarised."""

    events: pa.Table
    """user_id, item_id, action, occurred_at, value; no impressions."""
    tired: pa.Table
    """user_id, item_id: shown so often that it is to rest, and never taken."""


class Reader(Protocol):
    """A module that knows where feedback lies."""

    def digest(self, settings: Settings, as_of: date) -> str:
        """Digest of what `read` would return; "" where it returns None."""

    def read(self, settings: Settings, as_of: date) -> Reported | None:
        """Feedback up to the end of a day; None where no serving store is named."""


def digest(settings: Settings, as_of: date) -> str:
    """Digest of the feedback that ingest of that day reads; "" where the settings ask for none."""
    return _reader().digest(settings, as_of) if _is_wanted(settings) else ""


def read(settings: Settings, as_of: date) -> Reported | None:
    """The feedback that ingest of that day reads; None where the settings ask for none, or no store is named."""
    return _reader().read(settings, as_of) if _is_wanted(settings) else None


def _is_wanted(settings: Settings) -> bool:
    return settings.feedback.as_events or settings.feedback.fatigue_impressions > 0


def _reader() -> Reader:
    return cast(Reader, importlib.import_module(READER))
