"""Runs a command and writes what it cost: `python -I -S launcher.py OUT.json COMMAND ...`; needs nothing but Python.

A process of its own, because a child inherits the peak memory of whoever starts it, and this process has little.
"""

import contextlib
import ctypes
import json
import os
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36


def main(out: str, command: list[str]) -> int:
    """The exit status of the command; CPU counts it and all its descendants, memory the largest of them."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # descendants nobody waited for come here
    began = time.monotonic()
    child = subprocess.Popen(command)
    _, status, used = os.wait4(child.pid, 0)
    wall, usages = time.monotonic() - began, [used]
    with contextlib.suppress(ChildProcessError):
        while time.monotonic() - began < wall + 5:
            process, _, used = os.wait4(-1, os.WNOHANG)
            if process:
                usages.append(used)
            else:
                time.sleep(0.05)
    with open(out, "w") as file:
        json.dump(
            {
                "cpu_s": sum(usage.ru_utime + usage.ru_stime for usage in usages),
                "wall_s": wall,
                "peak_mb": max(usage.ru_maxrss for usage in usages) / 1024,
            },
            file,
        )
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]) != 0)
