"""Passwords and keys, made at first start and kept in files that only their owner reads."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path


def token() -> str:
    """A new password: 32 letters, digits, dashes and underscores, safe in a URL."""
    return secrets.token_urlsafe(24)


def fernet_key() -> str:
    """A new key for Airflow's stored connections: 32 bytes in URL-safe base64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def credential(home: Path, name: str, make: Callable[[], str] = token) -> str:
    """The secret of this name: made once, the same ever after."""
    path = path_of(home, name)
    if not path.exists():
        write(home, name, make())
    return path.read_text()


def write(home: Path, name: str, text: str) -> Path:
    """Path of the secret, replaced whole: its folder has mode 0700, the file 0600."""
    path = path_of(home, name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    aside = path.with_name(f".{name}.{os.getpid()}")
    with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    aside.replace(path)
    return path


def path_of(home: Path, name: str) -> Path:
    """Where the secret lies."""
    return home / "secrets" / name
