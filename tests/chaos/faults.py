"""A fault: when it strikes, and what became of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import psutil

from tests.chaos.place import Place
from tests.chaos.shop import Step

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


Kind = Callable[[Place, Fault], Iterator[None]]
"""What is done to a place while an attempt is at work."""
