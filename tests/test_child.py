"""Stages as processes of their own: found, failing and killed."""

import contextlib
import os
import sys
import tempfile
import threading
import time
from datetime import date
from pathlib import Path

import psutil
import pytest

from recsys import child
from recsys.artifacts import Manifest
from recsys.errors import DataError, GateError, RecsysError, SettingsError, TransientError
from recsys.leftovers import ABANDONED_SECONDS, CALL

DAY = date(2018, 9, 30)
EVENTS = """user_id,item_id,action,occurred_at
ann,lamp,buy,2018-01-01
bob,rug,buy,2018-01-02
"""
ITEMS = """item_id,title
lamp,Lamp
rug,Rug
"""


@pytest.fixture
def overrides(tmp_path: Path) -> list[str]:
    """Settings that read two small files."""
    (tmp_path / "events.csv").write_text(EVENTS)
    (tmp_path / "items.csv").write_text(ITEMS)
    return [
        f"store={tmp_path / 'store'}",
        "source.kind=files",
        f"source.events={tmp_path / 'events.csv'}",
        f"source.items={tmp_path / 'items.csv'}",
    ]


def kill_when_it_writes(store: Path) -> threading.Thread:
    """Kills this process's child, once, as soon as the stage has a folder to write into."""

    def watch() -> None:
        until = time.monotonic() + 60
        while not any(store.rglob(".aside-*")) and time.monotonic() < until:
            time.sleep(0.005)
        for process in psutil.Process().children():
            with contextlib.suppress(psutil.NoSuchProcess):  # other tests' processes end meanwhile
                if f"store={store}" in process.cmdline():
                    process.kill()

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


def test_what_killed_callers_left_goes_after_a_day_and_a_call_that_goes_on_keeps_its_folder(
    overrides: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name, age in (("killed", 2 * ABANDONED_SECONDS), ("at-work", 0)):
        (tmp_path / f"{CALL}{name}").mkdir()
        os.utime(tmp_path / f"{CALL}{name}", (time.time() - age,) * 2)
    child.run("ingest", overrides, DAY, {})
    assert [folder.name for folder in tmp_path.glob(f"{CALL}*")] == [f"{CALL}at-work"]


def test_a_child_makes_what_a_rerun_finds(overrides: list[str]) -> None:
    made = child.run("ingest", overrides, DAY, {})
    assert (made.rows["events"], made.cached) == (2, False)
    assert made.path("events.parquet").exists()
    assert child.run("ingest", overrides, DAY, {}).cached


def test_a_bad_input_is_the_same_error_in_the_parent(overrides: list[str], tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text("user_id\nann\n")
    with pytest.raises(DataError) as caught:
        child.run("ingest", overrides, DAY, {})
    assert type(caught.value) is DataError
    assert caught.value.what
    assert caught.value.seen
    assert "item_id" in str(caught.value)


def test_a_killed_child_is_worth_a_retry_leaves_nothing_and_the_rerun_succeeds(tmp_path: Path) -> None:
    overrides = [f"store={tmp_path}", "source.kind=movielens"]
    killer = kill_when_it_writes(tmp_path)
    with pytest.raises(TransientError) as caught:
        child.run("ingest", overrides, DAY, {})
    killer.join()
    assert (caught.value.what, caught.value.seen) == ("stage ingest died", "killed by signal 9")
    assert list(tmp_path.rglob("manifest.json")) == []
    again = child.run("ingest", overrides, DAY, {})
    assert not again.cached
    assert again.rows["events"] > 100_000


def test_what_a_killed_child_left_in_its_temporary_folder_goes(
    overrides: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying, told = tmp_path / "python", tmp_path / "told"
    dying.write_text(f"#!/bin/sh\nmktemp -d > {told}\nkill -9 $$\n")
    dying.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(dying))
    with pytest.raises(TransientError, match="died"):
        child.run("ingest", overrides, DAY, {})
    assert not Path(told.read_text().strip()).exists()


def test_an_unknown_setting_fails_before_a_process_is_started(overrides: list[str]) -> None:
    with pytest.raises(SettingsError):
        child.run("ingest", [*overrides, "ranking.topn=3"], DAY, {})


@pytest.mark.parametrize("kind", [SettingsError, DataError, GateError, TransientError])
def test_an_error_is_told_whole_from_child_to_parent(kind: type[RecsysError], tmp_path: Path) -> None:
    error = kind("no good", where="here", seen="this", expected="that", remedy="mend it")
    told = child.describe(error)["error"]
    assert child.KINDS[told.pop("kind")] is kind
    assert str(kind(told.pop("what"), **told)) == str(error)


def test_manifests_survive_the_way_to_the_child() -> None:
    made = {"ingest": (Manifest("ingest", str(DAY), "m", "file:///x", {"events": 3}),), "rank": ()}
    assert child.parse(child.dump(made)) == made
