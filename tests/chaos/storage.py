"""Faults of where files lie: the disk of the store, the store itself, and what is in it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

from recsys.artifacts import ASIDE
from recsys.stages import STAGES
from tests.chaos.faults import Fault, at_its_moment
from tests.chaos.launcher import MAX_FILE
from tests.chaos.place import Place, remount
from tests.operations.place import full


def store_full(place: Place, fault: Fault) -> Iterator[None]:
    """No room is left on the disk of the store until the attempt is over."""
    with ExitStack() as filled:
        yield from at_its_moment(place, fault, lambda: filled.enter_context(full(place.store.parent)))


def file_limited(place: Place, fault: Fault) -> Iterator[None]:
    """No file of the child can grow above some KB: the first write beyond fails."""
    fault.struck, place.launcher.extra = True, {MAX_FILE: str(int(1024 * 64**fault.luck))}
    try:
        yield
    finally:
        place.launcher.extra = {}


def store_read_only(place: Place, fault: Fault) -> Iterator[None]:
    """The disk of the store takes no writes for a moment."""

    def act() -> None:
        deadline, fault.struck = time.monotonic() + 2, False
        while not fault.struck and time.monotonic() < deadline:
            fault.struck = remount(place.store.parent, "ro")
        time.sleep(0.2 + 0.5 * fault.luck)
        remount(place.store.parent, "rw")

    return at_its_moment(place, fault, act)


def store_gone(place: Place, fault: Fault) -> Iterator[None]:
    """The folder of the store is away for a moment; what is written there meanwhile is lost when it is back."""

    def act() -> None:
        away = place.store.with_name("away")
        with suppress(FileNotFoundError):
            place.store.rename(away)
            time.sleep(0.2 + 0.5 * fault.luck)
            for _ in range(100):
                shutil.rmtree(place.store, ignore_errors=True)
                with suppress(OSError):
                    away.rename(place.store)
                    return

    return at_its_moment(place, fault, act)


def file_cut(place: Place, fault: Fault) -> Iterator[None]:
    """A file of the day, committed before, has lost its second half."""
    files = sorted(file for file in place.store.glob(f"*/as_of={fault.step.day}/*/*") if file.stat().st_size)
    if files:
        file = files[int(fault.luck * len(files))]
        fault.struck, fault.what = True, str(file.relative_to(place.store))
        with file.open("rb+") as opened:
            opened.truncate(file.stat().st_size // 2)
    yield


def half_written(place: Place, fault: Fault) -> Iterator[None]:
    """Folders that killed processes left: aside, and without a manifest."""
    for name in (f"{ASIDE}dead", "0123456789abcdef"):
        folder = place.store / fault.step.name / f"as_of={fault.step.day}" / name
        if fault.step.name in STAGES and STAGES[fault.step.name].stored:
            fault.struck = True
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "half.parquet").write_bytes(b"PAR1 half")
    yield
