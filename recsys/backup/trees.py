"""A folder of files as one tar file, and back."""

from __future__ import annotations

import os
import tarfile
from contextlib import suppress
from pathlib import Path

from recsys.artifacts import ASIDE


def pack(root: Path, file: Path) -> None:
    """Writes the files of a folder to a tar file; none where there is no folder.

    What is being written, or goes before it is read, is not in it: nothing that is committed refers to it.
    """
    with tarfile.open(file, "x", dereference=True) as tar:
        for path, folders, names in os.walk(root):
            folders[:] = sorted(name for name in folders if not name.startswith(ASIDE))
            for name in sorted(name for name in names if not name.startswith(ASIDE)):
                _add(tar, Path(path, name), root)


def _add(tar: tarfile.TarFile, path: Path, root: Path) -> None:
    with suppress(FileNotFoundError), path.open("rb") as content:
        tar.addfile(tar.gettarinfo(arcname=str(path.relative_to(root)), fileobj=content), content)


def unpack(file: Path, root: Path) -> None:
    """Writes the files of a tar file into a folder that only its owner may enter; none is written outside of it."""
    root.mkdir(mode=0o700)
    with tarfile.open(file) as tar:
        tar.extractall(root, filter="data")
