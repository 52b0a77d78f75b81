"""Folders that processes make for a while: what killed processes left goes after a day."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ABANDONED_SECONDS = 86_400
"""Age of a folder after which its process is taken for dead."""
CALL = "recsys-call-"


@contextmanager
def call_folder() -> Iterator[str]:
    """A temporary folder for a child process, which goes with the block; those that killed callers left go first."""
    sweep(Path(tempfile.gettempdir()), CALL)
    with tempfile.TemporaryDirectory(prefix=CALL) as folder:
        yield folder


def sweep(parent: Path, prefix: str) -> None:
    """Removes abandoned folders; one that another process is committing may vanish meanwhile."""
    for left in parent.glob(f"{prefix}*"):
        with suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > ABANDONED_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
