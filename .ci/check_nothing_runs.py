"""Fails when a process that this checkout started is still alive.

It asks the system, not what was remembered at start: ours has loaded files of .venv, or works on the database's data.
"""

import sys
from pathlib import Path

import psutil

from recsys.standalone.home import home

VENV = Path(__file__).resolve().parents[1] / ".venv"
DATA = (home() / "postgres").resolve()


def is_ours(process: psutil.Process) -> bool:
    """Whether the process is alive and belongs to this checkout; a process that ends meanwhile does not."""
    try:
        loaded = [mapped.path for mapped in process.memory_maps()]
        return any(path.startswith(str(VENV)) for path in loaded) or any(
            str(DATA) in word for word in process.cmdline()
        )
    except psutil.Error:
        return False


def main() -> None:
    """Lists what is left."""
    left = [process for process in psutil.process_iter() if process.pid != psutil.Process().pid and is_ours(process)]
    for process in left:
        print(f"still alive: {process.pid} {' '.join(process.cmdline())[:150]}")
    if left:
        sys.exit(f"error: {len(left)} processes are left")
    print("no process is left")


if __name__ == "__main__":
    main()
