"""A trigger that waits for a file or folder, anywhere that fsspec reaches, without holding a worker."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

log = logging.getLogger(__name__)

POKE_SECONDS = 30.0
"""Seconds between two looks."""


def exists(uri: str) -> bool:
    """Whether something is there now; a store that does not answer counts as empty, and this is logged."""
    import fsspec

    try:
        filesystem, path = fsspec.core.url_to_fs(uri)
        filesystem.invalidate_cache()
        return bool(filesystem.exists(path))
    except Exception as error:  # a store fails in ways of its own; the wait continues
        log.warning("%s cannot be looked at (%s)", uri.rsplit("@", 1)[-1], type(error).__name__)
        return False


class DataReady(BaseTrigger):
    """Fires true when something is at `uri`, and false at `until` (ISO 8601, with a zone) when nothing is."""

    def __init__(self, uri: str, until: str, poke_seconds: float = POKE_SECONDS) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.uri, self.until, self.poke_seconds = uri, until, poke_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Where the trigger is found, and what it is made with."""
        given = {"uri": self.uri, "until": self.until, "poke_seconds": self.poke_seconds}
        return "data_ready.DataReady", given

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """A single event, after which the task continues."""
        until = datetime.fromisoformat(self.until)
        while not await asyncio.to_thread(exists, self.uri):
            left = (until - datetime.now(UTC)).total_seconds()
            if left <= 0:
                yield TriggerEvent(False)  # type: ignore[no-untyped-call]
                return
            await asyncio.sleep(min(self.poke_seconds, left))
        yield TriggerEvent(True)  # type: ignore[no-untyped-call]
