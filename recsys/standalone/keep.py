"""python -m recsys.standalone.keep COMMAND...: runs a service, and starts it again when it dies.

Airflow's scheduler and DAG processor give up when their database is away for a moment, and on one machine nobody else
would start them again. Signals to end go on to the service; what it prints stays its own.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from types import FrameType

FIRST_SECONDS = 30.0
LONGEST_PAUSE = 30.0


class Keeper:
    """A service under watch: at most one process of it runs, and none is started once it was asked to end."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._service: subprocess.Popen[bytes] | None = None
        self._asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)

    def keep(self, first_seconds: float = FIRST_SECONDS, pause: float = 1.0) -> int:
        """Exit status of the service, once it was asked to end, or has died within `first_seconds` of its first start.

        Such a service is broken, and whoever starts it wants to know. Later it is started again however often it dies,
        after pauses that double up to half a minute.
        """
        began, wait = time.monotonic(), pause
        while True:
            started = time.monotonic()
            status = self._run()
            if self._asked or time.monotonic() - began < first_seconds:
                return status
            wait = pause if time.monotonic() - started > first_seconds else min(2 * wait, LONGEST_PAUSE)
            print(f"{self._command[0]} ended with status {status}: it is started again in {wait:g} s", flush=True)
            time.sleep(wait)
            if self._asked:
                return status

    def _run(self) -> int:
        self._service = subprocess.Popen(self._command)
        if self._asked:
            self._service.terminate()
        return self._service.wait()

    def _end(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self._asked = True
        if self._service is not None:
            self._service.send_signal(number)


if __name__ == "__main__":
    ended = Keeper(sys.argv[1:]).keep()
    sys.exit(ended if ended >= 0 else 128 - ended)
