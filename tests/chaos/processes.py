"""Faults of what runs: the child of a task, its clock, Postgres and MLflow."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil

from tests.chaos.faults import Fault, at_its_moment, bursts, kill
from tests.chaos.place import Place
from tests.operations.place import full, until

FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
"""Debian's package `libfaketime`, where it is installed."""


def _children(place: Place) -> list[psutil.Process]:
    return [place.launcher.child] if place.launcher.child else []


def worker_killed(place: Place, fault: Fault) -> Iterator[None]:
    """SIGKILL for the child, as from a machine that is out of memory."""

    def act() -> None:
        deadline = time.monotonic() + 2
        while not _children(place) and time.monotonic() < deadline:
            time.sleep(0.005)
        fault.struck = bool(_children(place))
        kill(_children(place))

    return at_its_moment(place, fault, act)


def worker_slow(place: Place, fault: Fault) -> Iterator[None]:
    """The child stands still again and again, as one that waits for a slow disk."""
    return at_its_moment(place, fault, lambda: bursts(lambda: _children(place)))


def postgres_killed(place: Place, fault: Fault) -> Iterator[None]:
    """SIGKILL for the server and all its sessions; it is started again after up to 2 s."""

    def act() -> None:
        kill(place.postgres_processes())
        time.sleep(2 * fault.luck)
        place.start_postgres()

    return at_its_moment(place, fault, act)


def session_cut(place: Place, fault: Fault) -> Iterator[None]:
    """Every session of the product is ended by the server."""
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name IN ('recsys', 'reader')"
    return at_its_moment(place, fault, lambda: place.ask(cut))


def postgres_slow(place: Place, fault: Fault) -> Iterator[None]:
    """Postgres stands still again and again, as on a slow disk."""
    return at_its_moment(place, fault, lambda: bursts(place.postgres_processes))


def postgres_full(place: Place, fault: Fault) -> Iterator[None]:
    """No room is left on the disk of Postgres until the attempt is over."""
    with ExitStack() as filled:
        yield from at_its_moment(place, fault, lambda: filled.enter_context(full(place.database)))
    place.start_postgres()


def mlflow_killed(place: Place, fault: Fault) -> Iterator[None]:
    """SIGKILL for MLflow; what keeps it starts it again."""
    yield from at_its_moment(place, fault, lambda: kill(place.mlflow().children(recursive=True)))
    until(place.mlflow_answers, "MLflow answers again")


def clock_jumps(place: Place, fault: Fault) -> Iterator[None]:
    """The child's clock jumps three days ahead, and then six days back."""
    clock = place.home / "clock"
    clock.write_text("+0")
    place.launcher.extra = {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }

    def act() -> None:
        clock.write_text("+3d")
        time.sleep(0.3 + fault.luck)
        clock.write_text("-3d")

    try:
        yield from at_its_moment(place, fault, act)
    finally:
        place.launcher.extra = {}
