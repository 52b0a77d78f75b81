"""Commands of a single machine: `recsys backup` and `recsys restore`."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Annotated

import typer

from recsys.progress import duration
from recsys.standalone.home import home

New = Annotated[Path, typer.Argument(help="folder to make, best on another disk; it will hold secrets")]
Made = Annotated[Path, typer.Argument(help="folder that `recsys backup` has made")]
Replace = Annotated[bool, typer.Option("--replace", help="move the installation that is there aside")]


def backup(folder: New) -> None:
    """Save databases, files and secrets of this installation while it works."""
    from recsys.backup import making

    if os.environ.get("RECSYS_STORE"):
        typer.echo("RECSYS_STORE is set: what lies there is not in the backup, but in its own")
    made = making.make(home(), folder, typer.echo)
    typer.echo(
        f"{folder}: {made.size / 1e6:.1f} MB in {duration(made.seconds)}, all that was committed before "
        f"{made.recovery_point}; it holds secrets"
    )


def restore(folder: Made, replace: Replace = False) -> None:
    """Make this installation from a backup; it is checked before anything is changed."""
    from recsys.backup import restoring

    began = time.monotonic()
    made = restoring.restore(home(), folder, replace, typer.echo)
    if made.replaced:
        typer.echo(f"what was here lies in {made.replaced}: remove it when you no longer need it")
    typer.echo(f"{made.forgotten} users of the backup are forgotten, and were removed again")
    typer.echo(
        f"restored as of {made.backup.recovery_point} in {duration(time.monotonic() - began)}; `make up` starts it"
    )
