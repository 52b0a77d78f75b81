"""What tasks do that are one command of `recsys`: run it as a child, so that the task never imports what it needs."""

from __future__ import annotations

import os
import subprocess
import sys

from recsys.errors import DataError, TransientError
from recsys.leftovers import call_folder


def run(*arguments: str) -> str:
    """The last line that the command printed; its temporary folder goes when it ends.

    Raises, with its output, `DataError` when it refused (exit status 1), `TransientError` when it died, broke off or
    asks for another try.
    """
    with call_folder() as folder:
        made = subprocess.run(
            [sys.executable, "-m", "recsys", *arguments],
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "TMPDIR": folder},
        )
    print(made.stdout, flush=True)
    if made.returncode:
        kind = DataError if made.returncode == 1 else TransientError
        raise kind(f"recsys {arguments[0]} failed", seen=made.stdout[-500:], expected="exit status 0")
    return made.stdout.strip().rsplit("\n", 1)[-1]
