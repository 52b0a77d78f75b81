"""Who was forgotten after a backup was made stays forgotten when it is restored."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from recsys.privacy.files import Files
from recsys.privacy.forgotten import FOLDER, SALT, Forgotten
from recsys.publish import erasure
from recsys.settings import load


def forget_again(dsn: str, store: Path, before: Path, notice: Callable[[str], None]) -> int:
    """How many users of a restored store are forgotten, by its own records or those of the store before it.

    They are removed from its tables and files, and models that were made with them are marked.
    """
    _carry(before / FOLDER, store / FOLDER, notice)
    forgotten, settings = Forgotten(str(store)), load([f"store={store}"])
    if not forgotten.subjects():
        return 0
    is_forgotten = forgotten.is_forgotten()
    users = [user for user in erasure.users(dsn, settings) | Files(str(store)).users() if is_forgotten(user)]
    for user in users:
        known = forgotten.proof(user)
        forgotten.add(user, {name: value for name, value in known.items() if name != "marked"})  # marks are not back
        erasure.forget(dsn, settings, user)
    return len(users)


def _carry(before: Path, now: Path, notice: Callable[[str], None]) -> None:
    """Copies records of forgotten users that are newer than the backup; records of another salt match no user here."""
    if not before.is_dir():
        return
    if now.is_dir() and (now / SALT).read_bytes() != (before / SALT).read_bytes():
        notice(f"records in {before} have another salt: run `recsys forget` for every request since the recovery point")
        return
    shutil.copytree(before, now, dirs_exist_ok=True)
