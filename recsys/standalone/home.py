"""The folder in which an installation keeps everything it makes: databases, secrets, logs, artifacts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fsspec
from filelock import FileLock, Timeout

from recsys.errors import GateError, TransientError

CHECKOUT = Path(__file__).resolve().parents[2]
"""Where dags/ and plugins/ lie."""
STORE = "store_uri"
"""File with the URI of the store that the services were started with."""
RESTORING = "restoring.json"
"""File that stands in a home from the first change of a restore to its end."""


def home() -> Path:
    """RECSYS_HOME, or `var` below the working folder; made when it is not there."""
    folder = Path(os.environ.get("RECSYS_HOME") or "var").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def note_store(folder: Path, uri: str) -> None:
    """Notes the store that the services of an installation were started with."""
    (folder / STORE).write_text(uri)


def store_elsewhere(folder: Path) -> str:
    """URI of the store where it is no part of the home: as the environment or else the note has it; "" if it is.

    >>> store_elsewhere(Path("/nowhere"))
    ''
    """
    noted = folder / STORE
    uri = os.environ.get("RECSYS_STORE") or (noted.read_text() if noted.exists() else "")
    return uri if uri and fsspec.core.url_to_fs(uri)[1] != str(folder / "store") else ""


def refuse_half_restored(folder: Path) -> None:
    """Raises `GateError` for a home that an interrupted restore has left."""
    if (folder / RESTORING).exists():
        raise GateError(
            "a restore of this installation was interrupted",
            where=str(folder / RESTORING),
            expected="an installation that is whole",
            remedy="run `recsys restore FOLDER` again",
        )


@contextmanager
def alone(folder: Path, seconds: float = 600) -> Iterator[None]:
    """Holds the home's lock: one process at a time starts or stops its services.

    Raises `TransientError` when another holds it longer than `seconds`.
    """
    lock = FileLock(folder / "services.lock")
    try:
        lock.acquire(timeout=seconds)
    except Timeout:
        raise TransientError(
            "another command is starting or stopping services",
            where=str(folder / "services.lock"),
            seen=f"held for more than {seconds:g} s",
            remedy="wait for it to end, then try again",
        ) from None
    try:
        yield
    finally:
        lock.release()
