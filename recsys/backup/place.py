"""The place that a restore builds in: an empty home, and a marker that stays until all is there."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from recsys.errors import GateError
from recsys.standalone import cluster, installation, postgres
from recsys.standalone.home import RESTORING

PARTS = ("secrets", "postgres", "mlflow", "store", "airflow")
"""Folders of a home that a restore makes, or that `make up` makes anew after it."""


def clear(home: Path, replace: bool) -> Path:
    """Folder to which the installation before was moved, be it there or not; the home has no part of its own then.

    The marker tells another try whether what it finds is of that installation, or half made by an earlier try.
    Raises `GateError` when something runs, or when something is there and `replace` is False.
    """
    marker = home / RESTORING
    if not marker.exists():
        _refuse(home, replace)
        _note(marker, {"replaced": f"replaced-{datetime.now(UTC):%Y%m%dT%H%M%S}", "moved": False})
    noted = json.loads(marker.read_text())
    replaced = home / str(noted["replaced"])
    if not noted["moved"]:
        _move(home, replaced)
        _note(marker, {**noted, "moved": True})
    postgres.stop(home, "immediate")
    for part in PARTS:
        _remove(home / part)
    return replaced


def done(home: Path) -> None:
    """From now on the home is an installation again."""
    (home / RESTORING).unlink()


def _refuse(home: Path, replace: bool) -> None:
    if running := installation.running(home):
        raise GateError(
            "the installation runs",
            where=str(home),
            seen=", ".join(running),
            expected="nothing that runs",
            remedy="stop it (`make down`), then run this again; nothing was changed",
        )
    found = [part for part in PARTS if os.path.lexists(home / part)]
    if found and not replace:
        raise GateError(
            "there is an installation already",
            where=str(home),
            seen=", ".join(found),
            expected="an empty home",
            remedy="set RECSYS_HOME to another folder, or give --replace: it moves what is there aside",
        )


def _move(home: Path, replaced: Path) -> None:
    for part in (home / name for name in PARTS):
        if os.path.lexists(part):
            replaced.mkdir(exist_ok=True)
            part.rename(replaced / part.name)


def _remove(part: Path) -> None:
    """Removes a folder, and of a link the link alone; the data of Postgres lie where `cluster` has put them."""
    if part.is_symlink():
        if part.name == "postgres" and part.exists() and part.resolve().parent == Path(cluster.FALLBACK):
            shutil.rmtree(part.resolve())
        part.unlink()
    elif part.exists():
        shutil.rmtree(part)


def _note(marker: Path, noted: dict[str, object]) -> None:
    aside = marker.with_suffix(".new")
    aside.write_text(json.dumps(noted))
    aside.replace(marker)
