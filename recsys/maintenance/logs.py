"""Log files of Airflow: old ones are removed, the last run of each DAG keeps its own."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class Removed:
    """What went."""

    files: int = 0
    size: int = 0
    """Bytes."""


def remove_old(folder: Path, before: datetime) -> Removed:
    """Files last written before a time that were removed, with the folders that they leave empty.

    Links are neither followed nor removed, so that nothing outside of the folder is reached. Files of the run of each
    DAG that wrote last stay.
    """
    root = folder.resolve()
    if not root.is_dir():  # where nothing was logged yet
        return Removed()
    kept = {max(runs, key=_written) for dag in root.glob("dag_id=*") if (runs := _folders(dag, "run_id=*"))}
    files = size = 0
    emptied: set[str] = set()
    for path, folders, names, handle in os.fwalk(root, topdown=False):
        if any(Path(path).is_relative_to(run) for run in kept):
            continue
        sizes = [found for name in names if (found := _remove_file(name, handle, before.timestamp())) is not None]
        left = [name for name in folders if _remove_folder(name, handle, os.path.join(path, name) in emptied, before)]
        files, size = files + len(sizes), size + sum(sizes)
        if sizes or left:
            emptied.add(path)
    return Removed(files, size)


def _folders(folder: Path, pattern: str) -> list[Path]:
    return [found for found in folder.glob(pattern) if found.is_dir() and not found.is_symlink()]


def _written(run: Path) -> tuple[float, str]:
    """When a run wrote last, in seconds since 1970, and its name."""
    times = [file.lstat().st_mtime for file in run.rglob("*") if not file.is_dir()]
    return max(times, default=0.0), run.name


def _remove_file(name: str, handle: int, before: float) -> int | None:
    """Bytes of an old regular file that was removed; None for what stays."""
    with suppress(FileNotFoundError):
        found = os.stat(name, dir_fd=handle, follow_symlinks=False)
        if stat.S_ISREG(found.st_mode) and found.st_mtime < before:
            os.unlink(name, dir_fd=handle)
            return found.st_size
    return None


def _remove_folder(name: str, handle: int, emptied: bool, before: datetime) -> bool:
    """Whether a folder was removed: it is empty, and not about to be written to."""
    with suppress(OSError):  # it is not empty, or a link
        if emptied or os.stat(name, dir_fd=handle, follow_symlinks=False).st_mtime < before.timestamp():
            os.rmdir(name, dir_fd=handle)
            return True
    return False
