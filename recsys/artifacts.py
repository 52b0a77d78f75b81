"""What stages hand to each other: manifests, and the store in which their files lie.

Files of a stage lie under `<store>/<stage>/as_of=YYYY-MM-DD/<fingerprint>/`. They are written aside and committed at
once, by rename on a disk and by writing the manifest last on an object store, so a reader sees all of them or none.
Beside the manifest stands the size of every file: a result of which one is gone or cut short, as after a disk that
failed, is no result, and is made again.
"""

from __future__ import annotations

import atexit
import dataclasses
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import fsspec

from recsys.leftovers import sweep

MANIFEST_FILE = "manifest.json"
SIZES = "files"
"""Key in that file under which the sizes of the others stand, in bytes by name; without it any size will do."""
ASIDE = ".aside-"


@dataclass(frozen=True)
class Manifest:
    """What a stage made: this, and never data, is what travels between tasks."""

    stage: str
    as_of: str
    """Day, YYYY-MM-DD: nothing later was looked at."""
    fingerprint: str
    """Digest of inputs, settings and code: the same fingerprint is the same content."""
    uri: str
    """Folder of the stage's files."""
    rows: Mapping[str, int] = field(default_factory=dict)
    """Row counts by name, such as {"events": 100004, "quarantined": 3}."""
    metrics: Mapping[str, float] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    """Short texts worth showing, such as {"model_version": "minilm-1f3a"}."""
    seconds: float = 0.0
    peak_memory_mb: float = 0.0
    cpu_seconds: float = 0.0
    """Of the process and of its children."""
    gpu_seconds: float = 0.0
    """Seconds in which the process held a GPU."""
    stored_mb: float = 0.0
    """Size of its files."""
    cached: bool = False
    """True when the files were already there."""

    def to_dict(self) -> dict[str, Any]:
        """The manifest as plain JSON types."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Manifest:
        """The manifest that `to_dict` described."""
        return cls(**values)

    def path(self, name: str) -> Path:
        """Local path of one of the stage's files, fetched first when the store is remote."""
        return local_copy(self.uri) / name


def fingerprint(*parts: object) -> str:
    """Short digest of any JSON-like parts.

    >>> fingerprint("a", {"x": 1}) == fingerprint("a", {"x": 1})
    True
    >>> fingerprint("a") == fingerprint("b")
    False
    """
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Store:
    """A folder or bucket in which committed artifacts never change."""

    def __init__(self, uri: str) -> None:
        self.filesystem, self.root = fsspec.core.url_to_fs(uri)
        self.is_local = "file" in (
            [self.filesystem.protocol] if isinstance(self.filesystem.protocol, str) else self.filesystem.protocol
        )

    def folder(self, stage: str, as_of: str, mark: str) -> str:
        """Where an artifact lies, as a URI."""
        return self.filesystem.unstrip_protocol(f"{self.root}/{stage}/as_of={as_of}/{mark}")  # type: ignore[no-any-return]

    def find(self, stage: str, as_of: str, mark: str) -> Manifest | None:
        """The committed manifest with this fingerprint, or None."""
        return committed(self.filesystem, f"{self.root}/{stage}/as_of={as_of}/{mark}")

    def earlier(self, stage: str, as_of: str) -> Iterator[Manifest]:
        """Committed manifests of a stage for days before `as_of`: latest day first, then highest fingerprint."""
        days = [day for day in self._names(f"{self.root}/{stage}") if day < f"as_of={as_of}"]
        for day in days:
            for mark in self._names(f"{self.root}/{stage}/{day}"):
                made = None if mark.startswith(ASIDE) else self.find(stage, day.removeprefix("as_of="), mark)
                if made is not None:
                    yield made

    def _names(self, folder: str) -> list[str]:
        """Names in a folder, last first; none where there is no folder."""
        self.filesystem.invalidate_cache(folder)
        try:
            paths = self.filesystem.ls(folder, detail=False)
        except FileNotFoundError:
            return []
        return sorted((path.rstrip("/").rsplit("/", 1)[-1] for path in paths), reverse=True)

    def commit(self, stage: str, as_of: str, mark: str, write: Callable[[Path], Manifest]) -> Manifest:
        """Runs `write` on a folder of its own and commits that folder whole.

        Two runs of the same work may race: the first to commit wins, and both return what was committed.
        """
        folder = f"{self.root}/{stage}/as_of={as_of}/{mark}"
        aside = self._aside(folder)
        try:
            manifest = write(aside)
            sizes = {str(file.relative_to(aside)): file.stat().st_size for file in aside.rglob("*") if file.is_file()}
            (aside / MANIFEST_FILE).write_text(json.dumps({**manifest.to_dict(), SIZES: sizes}, indent=1))
            self._move(aside, folder)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        found = self.find(stage, as_of, mark)
        return found if found is not None else manifest

    def _aside(self, folder: str) -> Path:
        if not self.is_local:
            return Path(tempfile.mkdtemp(prefix="recsys-"))
        parent = Path(folder).parent
        parent.mkdir(parents=True, exist_ok=True)
        sweep(parent, ASIDE)
        return Path(tempfile.mkdtemp(prefix=ASIDE, dir=parent))

    def _move(self, aside: Path, folder: str) -> None:
        if not self.is_local:
            made = aside / MANIFEST_FILE
            others = [file for file in aside.rglob("*") if file.is_file() and file != made]
            for files in (others, [made]):  # one by one: a folder that is put where one is goes into that
                self.filesystem.put([*map(str, files)], [f"{folder}/{file.relative_to(aside)}" for file in files])
            return
        aside.chmod(0o755)
        try:
            os.rename(aside, folder)
        except OSError:
            if committed(self.filesystem, folder) is not None:
                return
            shutil.rmtree(folder, ignore_errors=True)  # damaged, or left by a cleaning that was killed
            os.rename(aside, folder)


def committed(filesystem: Any, folder: str) -> Manifest | None:
    """The manifest of a folder in which every file is as long as it was committed, else None."""
    try:
        made = json.loads(filesystem.cat_file(f"{folder}/{MANIFEST_FILE}"))
        filesystem.invalidate_cache(folder)
        found = filesystem.find(folder, detail=True)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    sizes = {path.removeprefix(folder).lstrip("/"): about["size"] for path, about in found.items()}
    whole = made.pop(SIZES, {}).items() <= sizes.items()
    return Manifest.from_dict(made) if whole else None


def is_whole(uri: str) -> bool:
    """Whether the files of an artifact are there as they were committed."""
    filesystem, folder = fsspec.core.url_to_fs(uri)
    return committed(filesystem, folder) is not None


def release(filesystem: Any, folder: str, name: str) -> None:
    """From now on a file of a committed artifact may be of any size, or gone."""
    path = f"{folder}/{MANIFEST_FILE}"
    if filesystem.exists(path):
        made = json.loads(filesystem.cat_file(path))
        if made.get(SIZES, {}).pop(name, None) is not None:
            filesystem.pipe_file(f"{path}.new", json.dumps(made, indent=1).encode())
            filesystem.mv(f"{path}.new", path)


@cache
def local_copy(uri: str) -> Path:
    """Local folder with the files of a committed artifact; remote files are fetched once a process, and go with it."""
    filesystem, path = fsspec.core.url_to_fs(uri)
    if isinstance(filesystem, fsspec.implementations.local.LocalFileSystem):
        return Path(path)
    target = Path(tempfile.mkdtemp(prefix="recsys-fetched-"))
    atexit.register(shutil.rmtree, target, ignore_errors=True)
    filesystem.get(path.rstrip("/") + "/", str(target), recursive=True)
    return target
