"""Builds .venv once: safe when two makes run at once, and healed when an earlier build was cut short.

Standard library only, in a syntax that old Pythons read too, because it runs before anything is installed.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
import time
from typing import IO

WANTED = (3, 11)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def main() -> None:
    """Returns when .venv holds what the requirement files ask for; exits with a message when it cannot."""
    if sys.version_info[:2] != WANTED:
        sys.exit(
            f"error: Python {WANTED[0]}.{WANTED[1]} is needed\n"
            f"  seen: Python {sys.version.split()[0]} ({sys.executable})\n"
            "  to do: install it, or name it: make PYTHON=/path/to/python3.11 ..."
        )
    with open(os.path.join(ROOT, ".venv.lock"), "w") as lock:
        wait_for(lock)
        if stamped(ROOT) != mark(ROOT):
            build(ROOT)


def wait_for(lock: IO[str]) -> None:
    """Returns when this process alone holds the lock; it ends with the process."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        print("waiting: another make is building .venv", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)


def mark(root: str) -> str:
    """What .venv is built from: a line for the interpreter, a digest of the requirement files and package metadata."""
    digest = hashlib.sha256()
    for name in ("requirements.txt", "requirements.lock", "pyproject.toml"):
        with open(os.path.join(root, name), "rb") as file:
            digest.update(file.read())
    return interpreter() + digest.hexdigest()


def interpreter() -> str:
    """The Python that builds, as a line."""
    return f"Python {sys.version.split()[0]} in {sys.base_prefix}\n"


def stamp(root: str) -> str:
    """Path of the file that is written last, when everything is installed."""
    return os.path.join(root, ".venv", "built")


def stamped(root: str) -> str:
    """The text of the stamp; empty when .venv is missing or its build was cut short."""
    try:
        with open(stamp(root)) as file:
            return file.read()
    except OSError:
        return ""


def build(root: str) -> None:
    """Installs everything; changed requirements go into the .venv that is there.

    A `.venv` without a stamp was cut short, and is made afresh: pip takes half an installed package for a whole
    package.
    """
    began = time.monotonic()
    print("building .venv (some minutes, once)", flush=True)
    try:
        if stamped(root).startswith(interpreter()):
            os.remove(stamp(root))
        else:
            subprocess.check_call([sys.executable, "-m", "venv", "--clear", os.path.join(root, ".venv")])
        install(root, "--no-deps", "-r", "requirements.lock")  # spares pip its search
        install(root, "-r", "requirements.txt", "-c", "requirements.lock")  # adds what else this machine needs
        install(root, "--no-deps", "-e", ".")
    except subprocess.CalledProcessError as error:
        sys.exit(
            "error: .venv could not be built\n"
            f"  seen: exit status {error.returncode}; pip's output is above\n"
            "  to do: check the network and the free disk space (8 GB), then run make again"
        )
    with open(stamp(root), "w") as file:
        file.write(mark(root))
    print(f"built .venv in {time.monotonic() - began:.0f} s", flush=True)


def install(root: str, *what: str) -> None:
    """Installs with .venv's own pip, quietly."""
    python = os.path.join(root, ".venv", "bin", "python")
    pip = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-compile"]
    subprocess.check_call(pip + list(what), cwd=root)


if __name__ == "__main__":
    main()
