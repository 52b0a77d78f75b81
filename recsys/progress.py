"""How far long work is, told now and then."""

from __future__ import annotations

import logging
import time

SECONDS = 10.0
"""Between two lines, about."""


class Progress:
    """Tells a log how much of the `total` is done, in `words` such as "rank: %d of %d users"."""

    def __init__(self, log: logging.Logger, words: str, total: int) -> None:
        self._log, self._words, self._total, self._told = log, words, total, time.monotonic()

    def reached(self, done: int) -> None:
        """One line where the last one, or the start, was long ago."""
        if time.monotonic() - self._told > SECONDS:
            self._log.info(self._words, done, self._total)
            self._told = time.monotonic()
