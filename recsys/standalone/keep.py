"""python -m recsys.standalone.keep COMMAND...: runs a service, and starts it again when it dies.

Airflow's scheduler and DAG processor give up when their database is away briefly, and on one machine nothing else would
start them again. What a dead service left behind is ended first: workers of a killed scheduler hold its connections,
and with them its locks in the database. Signals to end are passed to the service; what it prints stays its own.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType

import psutil

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
            end_session()
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


def end_session() -> None:
    """Kills every other process of the session that this process leads; none where another leads it."""
    if os.getsid(0) != os.getpid():
        return
    while left := [process for process in psutil.process_iter() if _is_left(process)]:
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        time.sleep(0.05)


def _is_left(process: psutil.Process) -> bool:
    with suppress(OSError, psutil.Error):
        ours = process.pid != os.getpid() and os.getsid(process.pid) == os.getpid()
        return ours and process.status() != psutil.STATUS_ZOMBIE
    return False


if __name__ == "__main__":
    ended = Keeper(sys.argv[1:]).keep()
    sys.exit(ended if ended >= 0 else 128 - ended)
