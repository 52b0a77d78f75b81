"""Builds .venv once: safe when two makes run at once, and healed when an earlier build was cut short.

Standard library only, in a syntax that any Python 3 reads, because it runs before anything is installed.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
import time

WANTED = (3, 11)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def main():
    """Exit status 0 when .venv holds what the requirement files ask for."""
    if sys.version_info[:2] != WANTED:
        found = "%d.%d" % sys.version_info[:2]
        sys.exit(
            "error: Python 3.11 is needed, %s (%s) was found.\n"
            "  to do: install it, or name it: make PYTHON=/path/to/python3.11 ..." % (found, sys.executable)
        )
    with open(os.path.join(ROOT, ".venv.lock"), "w") as lock:
        _wait_for(lock)
        if stamped(ROOT) != mark(ROOT):
            build(ROOT)


def _wait_for(lock):
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("waiting: another make is building .venv", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)


def mark(root):
    """What .venv is built from: a line for the interpreter, a digest of the requirement files and package metadata."""
    digest = hashlib.sha256()
    for name in ("requirements.txt", "requirements.lock", "pyproject.toml"):
        with open(os.path.join(root, name), "rb") as file:
            digest.update(file.read())
    return _interpreter() + digest.hexdigest()


def _interpreter():
    return "Python %s in %s\n" % (sys.version.split()[0], sys.base_prefix)


def stamp(root):
    """Path of the file that is written last, when everything is installed."""
    return os.path.join(root, ".venv", "built")


def stamped(root):
    """What the stamp says; empty when .venv is missing or its build was cut short."""
    try:
        with open(stamp(root)) as file:
            return file.read()
    except OSError:
        return ""


def build(root):
    """Installs everything; changed requirements go into the .venv that is there.

    One without a stamp was cut short, and is made afresh: pip takes half an installed package for a whole one.
    """
    began = time.monotonic()
    print("building .venv (some minutes, once)", flush=True)
    if stamped(root).startswith(_interpreter()):
        os.remove(stamp(root))
    else:
        subprocess.check_call([sys.executable, "-m", "venv", "--clear", os.path.join(root, ".venv")])
    try:
        _install(root, "-r", "requirements.txt", "-c", "requirements.lock")
        _install(root, "--no-deps", "-e", ".")
    except subprocess.CalledProcessError as error:
        sys.exit(
            "error: pip could not install the requirements (exit status %d; its words are above).\n"
            "  to do: check the network and the free disk space (8 GB), then run make again" % error.returncode
        )
    with open(stamp(root), "w") as file:
        file.write(mark(root))
    print("built .venv in %.0f s" % (time.monotonic() - began), flush=True)


def _install(root, *what):
    python = os.path.join(root, ".venv", "bin", "python")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.check_call(pip + list(what), cwd=root)


if __name__ == "__main__":
    main()
