"""A folder of files as one tar file, and back."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from recsys.artifacts import ASIDE
from recsys.errors import DataError


def pack(root: Path, file: Path) -> None:
    """Writes the files of a folder to a tar file; none where there is no folder.

    What is being written, or goes before it is read, is not in it: nothing that is committed refers to it.
    Raises `DataError` for a link to a folder, which would not be in it either.
    """
    with tarfile.open(file, "x", dereference=True) as tar:
        for path, folders, names in os.walk(root):
            folders[:] = sorted(name for name in folders if not name.startswith(ASIDE))
            _refuse_links(Path(path), folders)
            for name in sorted(name for name in names if not name.startswith(ASIDE)):
                _add(tar, Path(path, name), root)


def _refuse_links(folder: Path, names: Sequence[str]) -> None:
    for link in (folder / name for name in names):
        if link.is_symlink():
            raise DataError(
                "a link to a folder cannot be saved",
                where=str(link),
                seen=str(link.resolve()),
                expected="folders in the home itself",
                remedy="move the folder to where the link is, or save it by other means and remove the link",
            )


def _add(tar: tarfile.TarFile, path: Path, root: Path) -> None:
    with suppress(FileNotFoundError), path.open("rb") as content:
        tar.addfile(tar.gettarinfo(arcname=str(path.relative_to(root)), fileobj=content), content)


def unpack(file: Path, root: Path) -> None:
    """Writes the files of a tar file into a folder that only its owner may enter; none is written outside of it."""
    root.mkdir(mode=0o700)
    with tarfile.open(file) as tar:
        tar.extractall(root, filter="data")
