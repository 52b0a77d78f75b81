"""Who was forgotten after a backup was made stays forgotten when it is restored."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from recsys.errors import DataError
from recsys.privacy.files import Files
from recsys.privacy.forgotten import FOLDER, SALT, Forgotten
from recsys.publish import erasure
from recsys.settings import load


def carry(before: Path, now: Path, notice: Callable[[str], None]) -> None:
    """Copies records of forgotten users from the store that was there: they are newer than the backup.

    Records under another salt match no user here.
    """
    old, new = before / FOLDER, now / FOLDER
    if not old.is_dir():
        return
    if new.is_dir() and (new / SALT).read_bytes() != (old / SALT).read_bytes():
        notice(f"{old} has another salt: run `recsys forget` again for every request since the recovery point")
        return
    shutil.copytree(old, new, dirs_exist_ok=True)


def forget_again(dsn: str, store: str, notice: Callable[[str], None], *, restored: bool) -> int:
    """How many users in tables or in the files of a store are forgotten by its records.

    They are removed; files without rows that may hold them are named, to be removed by hand. Models in files that were
    `restored` have lost their marks, and are marked again.
    """
    forgotten, settings = Forgotten(store), load([f"store={store}"])
    if not forgotten.subjects():
        return 0
    is_forgotten = forgotten.is_forgotten()
    users = [user for user in erasure.users(dsn, settings) | Files(store).users() if is_forgotten(user)]
    for user in users:
        if restored:
            forgotten.add(user, {name: value for name, value in forgotten.proof(user).items() if name != "marked"})
        try:
            erasure.forget(dsn, settings, user)
        except DataError as error:  # what was restored would be restored again: another try helps nobody
            notice(f"when this has ended, `recsys forget` is to be run again: {error}")
    return len(users)
