"""Commands of a single machine: `recsys backup` and `recsys restore`."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Annotated

import fsspec
import typer

from recsys.progress import duration
from recsys.standalone.home import home

New = Annotated[Path, typer.Argument(help="folder to make, best on another disk; it will hold secrets")]
Made = Annotated[Path, typer.Argument(help="folder that `recsys backup` has made")]
Replace = Annotated[bool, typer.Option("--replace", help="move the installation that is there aside")]


def backup(folder: New) -> None:
    """Save databases, files and secrets of this installation while it works."""
    from recsys.backup import making

    here = home()
    if elsewhere := _elsewhere(here):
        typer.echo(f"not in the backup: the store {elsewhere}, which needs a backup of its own")
    made = making.make(here, folder, typer.echo)
    typer.echo(
        f"{folder}: {made.size / 1e6:.1f} MB in {duration(made.seconds)}, all that was committed before "
        f"{made.recovery_point}; it holds secrets"
    )


def restore(folder: Made, replace: Replace = False) -> None:
    """Make this installation from a backup; it is checked before anything is changed."""
    from recsys.backup import restoring

    began, here = time.monotonic(), home()
    made = restoring.restore(here, folder, replace, typer.echo, _elsewhere(here))
    if made.replaced:
        data = made.replaced / "postgres"
        linked = f", its databases in {data.resolve()}" if data.is_symlink() else ""
        typer.echo(f"what was here lies in {made.replaced}{linked}: remove it when it is no longer needed")
    if made.forgotten:
        typer.echo(f"{made.forgotten} users of the backup are forgotten, and were removed again")
    typer.echo(
        f"restored as of {made.backup.recovery_point} in {duration(time.monotonic() - began)}; `make up` starts it"
    )


def _elsewhere(here: Path) -> str:
    """URI of a store outside of the home; "" where it lies in the home, as by default."""
    named = os.environ.get("RECSYS_STORE", "")
    return named if named and fsspec.core.url_to_fs(named)[1] != str(here / "store") else ""
