"""Runs tests on a Postgres of this machine instead of the embedded server: `make test-postgres BIN=<its programs>`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from recsys.standalone import cluster, postgres

SET = "--set="
"""How `initdb` is given settings, from Postgres 16 on."""
PROGRAMS = Path(os.environ["BIN"])
_run = postgres._run


def run(home: Path, program: str, *arguments: str) -> None:
    """The program; settings of a new cluster go into its file, as every version reads them."""
    _run(home, program, *(argument for argument in arguments if not argument.startswith(SET)))
    if program == "initdb":
        lines = [
            argument.removeprefix(SET).replace("=", " = '", 1) + "'\n"
            for argument in arguments
            if argument.startswith(SET)
        ]
        with Path(arguments[1], "postgresql.conf").open("a") as file:
            file.writelines(lines)


patch = pytest.MonkeyPatch()
patch.setattr(cluster, "binaries", lambda _: PROGRAMS)
patch.setattr(postgres, "LOCALE", ("--locale=C", "--encoding=UTF8"))
patch.setattr(postgres, "_run", run)
