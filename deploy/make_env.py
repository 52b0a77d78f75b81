"""Writes .env from .env.example: every name without a value gets a random secret.

A .env that is there keeps all it has; names that a later version asks for are added.

Standard library only, because it runs before anything is installed.
"""

from __future__ import annotations

import base64
import os
import secrets
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main(folder: Path = ROOT) -> str:
    """What was done, in words; the file has mode 0600 from the start."""
    example = (folder / ".env.example").read_text()
    try:
        handle = os.open(folder / ".env", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return extended(folder / ".env", example)
    with open(handle, "w") as file:
        file.write(filled(example))
    return ".env written, with new secrets: keep it, for they open what is stored"


def extended(file: Path, example: str) -> str:
    """What was added to a file that is there, in words."""
    given = file.read_text()
    known = {name(line) for line in given.splitlines()}
    added = [line for line in example.splitlines() if name(line) and name(line) not in known]
    if not added:
        return ".env is there already, and stays as it is"
    with file.open("a") as more:
        more.write("" if given.endswith("\n") else "\n")
        more.write(filled("\n".join(added)))
    return f".env has all it had, and {', '.join(map(name, added))} besides"


def name(line: str) -> str:
    """The name that a line gives a value to; "" for another line."""
    return line.partition("=")[0].strip() if "=" in line and not line.startswith("#") else ""


def filled(example: str) -> str:
    """The example with a secret after each `NAME=`."""
    lines = example.splitlines()
    return "\n".join(line + secret(line) if line.endswith("=") and line[0] != "#" else line for line in lines) + "\n"


def secret(line: str) -> str:
    """A new secret for the variable of this line: 32 characters safe in a URL; for Fernet 32 bytes in base64."""
    if "FERNET" in line:
        return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_urlsafe(24)


if __name__ == "__main__":
    print(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT))
