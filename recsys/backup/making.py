"""A backup is made beside its folder and committed by rename, while the installation works."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg2

from recsys.backup import manifest, programs, trees
from recsys.backup.manifest import DATABASES, TREES
from recsys.errors import SettingsError
from recsys.publish.maintenance import HOLD_FILES
from recsys.standalone import postgres
from recsys.standalone.home import refuse_half_restored, store_elsewhere


def make(home: Path, folder: Path, notice: Callable[[str], None]) -> manifest.Manifest:
    """The backup of an installation that runs, in a folder that was not there; a failed one leaves nothing behind."""
    refuse_half_restored(home)
    server, folder = _server(home), folder.resolve()
    _refuse(home, folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.unfinished-", dir=folder.parent))
    try:
        made = _write(home, server, aside, notice)
        aside.rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    _sync(folder.parent)
    return made


def _write(home: Path, server: postgres.Server, folder: Path, notice: Callable[[str], None]) -> manifest.Manifest:
    began = time.monotonic()
    with _files_kept(server):
        moment = datetime.now(UTC).isoformat(timespec="seconds")
        programs.dump_roles(server, folder)
        for database in DATABASES:
            notice(f"database {database}")
            programs.dump(server, database, folder / f"{database}.dump")
        for name in TREES:
            notice(f"files of {name}")
            trees.pack(home / name, folder / f"{name}.tar")
    made = manifest.write(folder, moment, time.monotonic() - began, home, store_elsewhere(home))
    for file in folder.iterdir():
        file.chmod(0o600)
    return made


@contextmanager
def _files_kept(server: postgres.Server) -> Iterator[None]:
    """While it lasts, maintenance removes no file that a publication in the dump needs."""
    with closing(psycopg2.connect(server.dsn("recsys", postgres.SUPERUSER), connect_timeout=10)) as db:
        db.autocommit = True
        with db.cursor() as work:
            work.execute(HOLD_FILES)
            yield


def _server(home: Path) -> postgres.Server:
    server = postgres.status(home)
    if server is None:
        raise SettingsError(
            "no Postgres of this installation runs",
            where=str(home),
            expected="an installation that `make up` has started",
            remedy="start it, or set RECSYS_HOME; in containers see docs/operations.md",
        )
    return server


def _refuse(home: Path, folder: Path) -> None:
    if folder.exists():
        raise SettingsError(
            "the folder of the backup is there already",
            where=str(folder),
            expected="the name of a new folder",
            remedy="name another, or move this one away",
        )
    if folder.is_relative_to(home):
        raise SettingsError(
            "the backup would lie in the folder that it saves",
            where=str(folder),
            expected=f"a folder outside of {home}, best on another disk",
            remedy="name another folder",
        )


def _sync(folder: Path) -> None:
    """Makes a rename in a folder outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
