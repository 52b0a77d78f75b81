"""An installation made from a backup, in a home that holds none, or in place of one."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

from recsys.backup import manifest, place, programs, trees
from recsys.backup.again import carry, forget_again
from recsys.backup.manifest import DATABASES, TREES
from recsys.publish.migrations import migrate
from recsys.standalone import ports, postgres
from recsys.standalone.home import alone, store_elsewhere

MOVED = "UPDATE recsys.publication SET manifest = replace(manifest::text, %s, %s)::jsonb WHERE manifest IS NOT NULL"
"""Publications name the files that they were made of by path."""
NAMING = ("*/as_of=*/*/manifest.json", "models/pinned.json")
"""Files of a store that name files by path."""


@dataclass(frozen=True)
class Restored:
    """What a restore made."""

    backup: manifest.Manifest
    replaced: Path | None
    """Where the installation before lies; None where there was none."""
    forgotten: int
    """Users whom the backup held and who are forgotten: they were removed again."""


def restore(home: Path, folder: Path, replace: bool, notice: Callable[[str], None]) -> Restored:
    """The installation of a backup, stopped; after an interruption it is run again.

    All of the backup is checked before anything is changed: see `manifest.check` and `place.clear` for what is refused.
    """
    notice("checking the backup")
    backup = manifest.check(folder)
    with alone(home):
        replaced = place.clear(home, replace)
        for name in TREES:
            notice(f"files of {name}")
            trees.unpack(folder / f"{name}.tar", home / name)
        _point_files(Path(backup.home, "store"), home / "store")
        carry(replaced / "store", home / "store", notice)
        again = _databases(home, folder, backup, store_elsewhere(home) or backup.elsewhere, notice)
        place.done(home)
    return Restored(backup, replaced if replaced.exists() else None, again)


def _databases(
    home: Path, folder: Path, backup: manifest.Manifest, elsewhere: str, notice: Callable[[str], None]
) -> int:
    """Users who were forgotten again, once the serving store is at the version of this code.

    The server listens on a port that no reader knows until all is there.
    """
    server = postgres.start(home, ports.next_free("postgres", set(ports.remembered(home).values())))
    try:
        programs.restore_roles(server, folder)
        for database in DATABASES:
            notice(f"database {database}")
            programs.restore(server, folder / f"{database}.dump")
        dsn = server.dsn("recsys", "recsys")
        migrate(dsn)
        with closing(psycopg2.connect(dsn)) as db, db, db.cursor() as work:
            work.execute(MOVED, (f"{backup.home}/store/", f"{home}/store/"))
        return forget_again(dsn, elsewhere or str(home / "store"), notice, restored=not elsewhere)
    finally:
        postgres.stop(home)


def _point_files(before: Path, store: Path) -> None:
    """Results name their files by path: where the home is another, by the new path."""
    if before == store:
        return
    for file in (found for pattern in NAMING for found in store.glob(pattern)):
        noted = json.loads(file.read_text(encoding="utf-8"))
        file.write_text(json.dumps(_moved(noted, f"{before}/", f"{store}/"), indent=1), encoding="utf-8")


def _moved(noted: Any, before: str, now: str) -> Any:
    """The same values, every text with the new path."""
    if isinstance(noted, str):
        return noted.replace(before, now)
    if isinstance(noted, dict):
        return {name: _moved(value, before, now) for name, value in noted.items()}
    return [_moved(value, before, now) for value in noted] if isinstance(noted, list) else noted
