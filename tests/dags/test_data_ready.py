"""The trigger that waits for a day's input."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import data_ready
import pytest
from airflow._shared.module_loading import import_string
from data_ready import DataReady


def fired(trigger: DataReady) -> bool:
    """What the trigger's one event says."""

    async def events() -> list[bool]:
        return [bool(event.payload) async for event in trigger.run()]

    (only,) = asyncio.run(events())
    return only


def hence(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def test_it_fires_once_the_file_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks, there = 0, data_ready.exists

    def exists(uri: str) -> bool:
        nonlocal looks
        looks += 1
        if looks == 3:
            (tmp_path / "_SUCCESS").touch()
        return there(uri)

    monkeypatch.setattr(data_ready, "exists", exists)
    assert fired(DataReady(f"file://{tmp_path}/_SUCCESS", hence(600), poke_seconds=0.01))
    assert looks == 3


def test_it_gives_up_at_its_time(tmp_path: Path) -> None:
    assert not fired(DataReady(str(tmp_path / "never"), hence(0.05), poke_seconds=600))


def test_a_folder_will_do(tmp_path: Path) -> None:
    assert data_ready.exists(str(tmp_path))


def test_a_store_that_cannot_be_reached_has_nothing_and_no_secret_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert not fired(DataReady("carrier://key:secret@pigeon/file", hence(-1)))
    assert "pigeon/file cannot be looked at" in caplog.text
    assert "secret" not in caplog.text


def test_the_triggerer_makes_it_again_from_what_is_stored() -> None:
    path, given = DataReady("memory://x", "2026-01-05T00:00:00+00:00", 5.0).serialize()
    again = import_string(path)(**given)
    assert again.serialize() == (path, given)
