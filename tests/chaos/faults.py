"""What strikes, and when: each kind is what is done to the place while one attempt of a step is at work."""

from __future__ import annotations

import random
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from recsys.artifacts import ASIDE
from recsys.stages import STAGES
from tests.chaos.launcher import MAX_FILE
from tests.chaos.place import Place, remount
from tests.chaos.shop import Step
from tests.operations.place import full, until

FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")
SAFE_SECONDS = 30.0
MAX_MOMENT = 0.8
"""Later an attempt that is quicker than usual would be over."""


OUTCOMES = ("not made", "missed", "unharmed", "next attempt", "next run")
"""What becomes of a fault: not made, for its round ended before; missed, for the attempt was over; the attempt did
well in spite of it; the next attempt did well; Airflow would have given up, and the next run of the day did well."""


@dataclass
class Fault:
    """One fault of the plan, and what became of it."""

    number: int
    round: int
    step: Step
    kind: str
    moment: float
    """When it strikes, as a share of what the step takes without faults."""
    luck: float
    """Whatever else is left to chance, in [0, 1)."""
    what: str = ""
    """Which file it was, for a kind that strikes one."""
    struck: bool = False
    attempts: tuple[str, ...] = ()
    """What became of each attempt from the one that was struck on: `done`, or the error."""
    problems: tuple[str, ...] = ()

    @property
    def outcome(self) -> str:
        if not self.attempts:
            return "not made"
        if not self.struck:
            return "missed"
        if self.attempts == ("done",):
            return "unharmed"
        return "next run" if "next run" in self.attempts else "next attempt"


def at_its_moment(place: Place, fault: Fault, act: Callable[[], object]) -> Iterator[None]:
    """Acts in the middle of what the block does, and waits for the end of it; nothing where the block was sooner."""
    over = threading.Event()

    def wait() -> None:
        if not over.wait(fault.moment * place.usual):
            fault.struck = True
            act()

    thread = threading.Thread(target=wait)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def bursts(found: Callable[[], list[psutil.Process]]) -> None:
    """Processes stand still six times, for as long as they work in between."""
    for _ in range(6):
        stopped = found()
        for process in stopped:
            with suppress(psutil.Error):
                process.suspend()
        time.sleep(0.15)
        for process in stopped:
            with suppress(psutil.Error):
                process.resume()
        time.sleep(0.15)


def kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.kill()


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
    until(place.mlflow_answers, "MLflow answers again", seconds=SAFE_SECONDS)


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


EVERYWHERE: dict[Callable[[Place, Fault], Iterator[None]], int] = {
    worker_killed: 6,
    worker_slow: 2,
    postgres_killed: 3,
    session_cut: 1,
    postgres_slow: 2,
    postgres_full: 1,
    mlflow_killed: 1,
    store_full: 3,
    file_limited: 3,
    store_read_only: 2,
    store_gone: 3,
    file_cut: 3,
    half_written: 2,
    clock_jumps: 2,
}
"""How often each kind is drawn, where the step does not work on the database."""
AT_THE_DATABASE = {
    **EVERYWHERE,
    worker_killed: 8,
    postgres_killed: 6,
    session_cut: 6,
    postgres_full: 4,
    half_written: 0,
}
DATABASE_STEPS = {"load", "publish", "monitor", "refresh", "rollback", "maintain"}
NEED_DISKS = {postgres_full, store_full, store_read_only}


def kinds(disks: bool) -> set[Callable[[Place, Fault], Iterator[None]]]:
    """What this machine allows: small disks need the right to mount, a clock that jumps needs libfaketime."""
    return {
        kind for kind in EVERYWHERE if (disks or kind not in NEED_DISKS) and (FAKETIME.exists() or kind != clock_jumps)
    }


def plan(count: int, seed: int, order: list[Step], disks: bool) -> list[Fault]:
    """So many faults: rounds of the steps, of which the last takes a sample; one fault strikes at one step."""
    rng, allowed = random.Random(seed), kinds(disks)
    places = [(made, number) for made in range(-(-count // len(order))) for number in range(len(order))]
    rest = places[-len(order) :]
    struck = places[: -len(order)] + sorted(rng.sample(rest, count - len(places) + len(order)))
    faults = []
    for number, (made, index) in enumerate(struck):
        step = order[index]
        weights = AT_THE_DATABASE if step.name in DATABASE_STEPS else EVERYWHERE
        drawn = [kind for kind in weights if kind in allowed and (kind != file_cut or step.name != "check")]
        (kind,) = rng.choices(drawn, [weights[kind] for kind in drawn])
        faults.append(Fault(number, made, step, kind.__name__, rng.random() * MAX_MOMENT, rng.random()))
    return faults


@contextmanager
def striking(place: Place, fault: Fault) -> Iterator[None]:
    """The block is struck by the fault."""
    (kind,) = (kind for kind in EVERYWHERE if kind.__name__ == fault.kind)
    yield from kind(place, fault)
