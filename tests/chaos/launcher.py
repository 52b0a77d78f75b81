"""Starts what `python -m recsys` would be, as a fork of a process that has imported all of it.

Imports are most of what a stage of a tiny shop costs: 2 s of 2.3. What needs a process of its own from the first
instruction on, for a library that is preloaded, gets one: `python launcher.py ARGUMENTS`.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[2]
BRIEF = str(ROOT / "tests" / "brief.py")
MAX_FILE = "CHAOS_MAX_FILE"
"""Variable with the size in bytes above which a file of a child cannot grow."""


class Launcher:
    """A stand-in for `subprocess` in what starts children of the product: one child at a time."""

    PIPE, STDOUT = subprocess.PIPE, subprocess.STDOUT

    def __init__(self, folder: Path) -> None:
        self.output = folder / "output"
        self.extra: dict[str, str] = {}
        """Variables of the next child; a library to be preloaded starts it cold."""
        self.child: psutil.Process | None = None
        self._warm = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, command: Sequence[str], env: Mapping[str, str], **_: Any) -> subprocess.CompletedProcess[str]:
        """What `subprocess.run` returns for `python -m recsys` and its arguments."""
        arguments, environment = list(command[3:]), {**env, **self.extra}
        start = self._start_cold if "LD_PRELOAD" in environment else self._start_warm
        code = start(arguments, environment)
        self.child = None
        return subprocess.CompletedProcess(command, code, self.output.read_text(errors="replace"))

    def _start_cold(self, arguments: list[str], environment: dict[str, str]) -> int:
        with self.output.open("wb") as output:
            cold = subprocess.Popen(
                [sys.executable, __file__, *arguments], env=environment, stdout=output, stderr=output
            )
        self.child = psutil.Process(cold.pid)
        return cold.wait()

    def _start_warm(self, arguments: list[str], environment: dict[str, str]) -> int:
        assert self._warm.stdin is not None
        assert self._warm.stdout is not None
        call = {"arguments": arguments, "environment": environment, "output": str(self.output)}
        self._warm.stdin.write(json.dumps(call) + "\n")
        self._warm.stdin.flush()
        self.child = psutil.Process(int(self._warm.stdout.readline()))
        return int(self._warm.stdout.readline())

    def left(self) -> list[psutil.Process]:
        """Children that did not end."""
        return list(psutil.Process(self._warm.pid).children(recursive=True))

    def close(self) -> None:
        assert self._warm.stdin is not None
        self._warm.stdin.close()
        self._warm.wait(10)


def serve() -> None:
    """Forks a child for each line; the child's pid and its exit status are the answer."""
    for line in sys.stdin:
        call = json.loads(line)
        pid = os.fork()
        if pid == 0:
            become(call)
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


def become(call: Mapping[str, Any]) -> None:
    """Ends this process as the command would."""
    os.environ.clear()
    os.environ.update(call["environment"])
    tempfile.tempdir = None
    output = os.open(call["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(output, stream)
    code = status(call["arguments"])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def status(arguments: list[str]) -> int:
    """Exit status of the command, run in this process."""
    from recsys import cli

    if largest := os.environ.get(MAX_FILE):
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(largest), int(largest)))
    try:
        cli.app(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def main(arguments: list[str]) -> int:
    from recsys import cli, stages  # noqa: F401
    from recsys.source_code import code_version

    with runpy.run_path(BRIEF)["brief_training"]():
        if arguments:
            return status(arguments)
        for stage in stages.STAGES.values():
            stage.load()
            code_version(stage.module)
        for module in ("recsys.publish.refresh", "recsys.publish.maintenance", "recsys.publish.pointer"):
            importlib.import_module(module)
        serve()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
