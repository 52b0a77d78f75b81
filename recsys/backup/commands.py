"""Commands of a single machine: `recsys backup` and `recsys restore`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from recsys.progress import duration
from recsys.standalone.home import home, store_elsewhere

New = Annotated[Path, typer.Argument(help="folder to make, best on another disk; it will hold secrets")]
Made = Annotated[Path, typer.Argument(help="folder that `recsys backup` has made")]
Replace = Annotated[bool, typer.Option("--replace", help="move the installation that is there aside")]


def backup(folder: New) -> None:
    """Save databases, files and secrets of this installation while it works."""
    from recsys.backup import making

    here = home()
    if elsewhere := store_elsewhere(here):
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
    made = restoring.restore(here, folder, replace, typer.echo)
    if made.replaced:
        data = made.replaced / "postgres"
        linked = f", its databases in {data.resolve()}" if data.is_symlink() else ""
        typer.echo(f"what was here lies in {made.replaced}{linked}: remove it when it is no longer needed")
    if made.forgotten:
        typer.echo(f"{made.forgotten} users of the backup are forgotten, and were removed again")
    typer.echo(
        f"restored as of {made.backup.recovery_point} in {duration(time.monotonic() - began)}; `make up` starts it"
    )
