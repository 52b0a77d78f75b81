"""How far long work is: a bar where a person watches, else a line of the log now and then."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Sequence
from shutil import get_terminal_size
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Self

if TYPE_CHECKING:
    from tqdm import tqdm

log = logging.getLogger(__name__)

SECONDS, TICK = 10.0, 1.0
"""Between two lines of the log, about; and between two looks of a bar at the clock."""
WIDTH = 100
"""Columns of a bar, at most."""
DELAY = 2.0
"""Seconds before work that counts what it has done gets a bar: most is done by then."""


def watched() -> bool:
    """Whether standard error is a terminal, or this is a notebook."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return sys.stderr.isatty() or hasattr(shell, "kernel")


def line(text: str) -> None:
    """Writes a line to standard error, above a bar that is there."""
    if "tqdm" in sys.modules:
        sys.modules["tqdm"].tqdm.write(text, file=sys.stderr)
    else:
        print(text, file=sys.stderr)


class Progress:
    """Reports how much of the `total` is done, in `words` such as "rank: %d of %d users"."""

    def __init__(self, words: str, total: int) -> None:
        self._words, self._total, self._logged = words, total, time.monotonic()
        self._bar = _counting(words.partition(":")[0], total) if Steps.shown is None and watched() else None

    def reached(self, done: int) -> None:
        """Moves the bar; without a bar, logs a line where the last line, or the start, was long ago."""
        if Steps.shown is not None:
            Steps.shown.note(f"{done:,} of {self._total:,}")
        elif self._bar is not None:
            self._bar.update(done - self._bar.n)
            if done >= self._total:
                self._bar.close()
        elif time.monotonic() - self._logged > SECONDS:
            log.info(self._words, done, self._total)
            self._logged = time.monotonic()


class Steps:
    """Reports which of some named steps a run is at, and about how long the rest takes; made for `with`."""

    shown: ClassVar[Steps | None] = None
    """The run that has a bar, if any."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names, self._done, self._note = names, 0, ""
        self._began = self._estimated = time.monotonic()
        self._left: float | None = None
        self._bar: tqdm[Any] | None = None
        self._ended = threading.Event()
        self._ticking = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Self:
        if Steps.shown is None and watched():
            self._bar, Steps.shown = _sharing(), self
            self._ticking.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar is not None:
            self._ended.set()
            self._ticking.join()
            self._bar.close()
            Steps.shown = None

    def done(self, left: float | None) -> None:
        """A further step is done; `left` are the seconds that the rest may take, None where unknown."""
        if self._left is None and left is not None and left > SECONDS and self._bar is None:
            log.info("about %s left", duration(left))
        self._done, self._note, self._left, self._estimated = self._done + 1, "", left, time.monotonic()

    def note(self, text: str) -> None:
        """The text beside the step that runs."""
        self._note = text

    def _tick(self) -> None:
        while not self._ended.wait(TICK):
            self._show(time.monotonic())

    def _show(self, now: float) -> None:
        assert self._bar is not None, "only a bar ticks"
        elapsed, name = now - self._began, self._names[min(self._done, len(self._names) - 1)]
        step = f"{name} ({min(self._done + 1, len(self._names))} of {len(self._names)})"
        left = None if self._left is None else max(self._left - (now - self._estimated), 1.0)
        self._bar.n = 0.0 if left is None else elapsed / (elapsed + left)
        state = f"{duration(elapsed)} so far" if left is None else f"about {duration(left)} left"
        self._bar.set_description_str(", ".join(filter(None, (step, self._note, state))))


def duration(seconds: float) -> str:
    """Seconds in words.

    >>> duration(42.3), duration(250)
    ('42 s', '4 min')
    """
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _sharing() -> tqdm[Any]:
    return _bar(total=1.0, bar_format="|{bar:24}| {desc}")


def _counting(name: str, total: int) -> tqdm[Any]:
    return _bar(total=total, desc=name, delay=DELAY)


def _bar(**options: Any) -> tqdm[Any]:
    """A bar on standard error that goes when it is closed; a terminal of unknown size has 80 columns and 24 rows."""
    from tqdm import tqdm

    columns, rows = get_terminal_size()
    return tqdm(leave=False, file=sys.stderr, ncols=min(columns, WIDTH), nrows=rows, **options)
