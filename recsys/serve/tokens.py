"""Tokens of applications: which scopes each opens. Kept as hashes; a token is shown once, when it is made."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from recsys.errors import SettingsError

log = logging.getLogger(__name__)

SCOPES: Mapping[str, str] = {"read": "reader", "explain": "explainer", "feedback": "feedback", "catalogue": "catalogue"}
"""By scope, the group role of the serving store whose rights a request has."""
HASHED = "sha256:"
NAME = re.compile(r"[\w.-]{1,60}")
FORM = "one line a token: NAME SCOPE[,SCOPE…] sha256:HASH"


@dataclass(frozen=True)
class Token:
    """An application's token."""

    name: str
    scopes: frozenset[str]
    digest: str
    """SHA-256 of the token, in hexadecimal: a token is random, so that no salt is needed."""

    def line(self) -> str:
        """The token as a line of the file."""
        return f"{self.name} {','.join(sorted(self.scopes))} {HASHED}{self.digest}"


class Tokens:
    """The tokens that are valid now: a file that changes is read again, so that a removed token opens nothing."""

    def __init__(self, file: Path | None = None) -> None:
        self._file, self._read_at = file or tokens_file(), -1.0
        self._given = parsed(os.environ.get("RECSYS_SERVE_TOKENS", "").split(";"), "RECSYS_SERVE_TOKENS")
        self._found: dict[str, Token] = {}

    def of(self, secret: str) -> Token | None:
        """The token of that secret; None for an unknown secret."""
        self._refresh()
        return self._found.get(digest_of(secret))

    def all(self) -> list[Token]:
        """Every valid token."""
        self._refresh()
        return list(self._found.values())

    def _refresh(self) -> None:
        changed = self._file.stat().st_mtime if self._file.is_file() else 0.0
        if changed != self._read_at:
            first, self._read_at = self._read_at < 0, changed
            try:
                kept = parsed(self._file.read_text().splitlines(), str(self._file)) if changed else []
            except (OSError, SettingsError) as error:
                if first:
                    raise
                log.error("serve: tokens stay as they were, for the file cannot be read: %s", error)
                return
            self._found = {token.digest: token for token in (*self._given, *kept)}


def tokens_file() -> Path:
    """File of tokens: RECSYS_SERVE_TOKENS_FILE, or `secrets/serve_tokens` in RECSYS_HOME (default `var`)."""
    named = os.environ.get("RECSYS_SERVE_TOKENS_FILE")
    return Path(named) if named else Path(os.environ.get("RECSYS_HOME", "var"), "secrets", "serve_tokens")


def parsed(lines: Iterable[str], where: str) -> list[Token]:
    """The tokens of these lines; a secret without `sha256:` is hashed. Raises `SettingsError`, never with a secret.

    >>> [token.name for token in parsed(["shop read,feedback sha256:00", "", "# nobody"], "here")]
    ['shop']
    """
    return [
        _parsed(line.split(), place, where)
        for place, line in enumerate(lines, 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]


def _parsed(words: list[str], place: int, where: str) -> Token:
    if len(words) != 3:
        raise SettingsError(
            "a token cannot be read",
            where=f"{where}, entry {place}",
            seen=f"{len(words)} words (hidden)",
            expected=FORM,
            remedy="make one with `recsys token add NAME --scope read`",
        )
    name, scopes, secret = words
    digest = secret.removeprefix(HASHED) if secret.startswith(HASHED) else digest_of(secret)
    return Token(checked_name(name), checked_scopes(scopes.split(","), f"{where}, entry {place}"), digest)


def checked_scopes(scopes: Iterable[str], where: str) -> frozenset[str]:
    """The scopes, all of which exist; raises `SettingsError`."""
    found = frozenset(scopes)
    if not found or found - SCOPES.keys():
        raise SettingsError(
            "a scope does not exist", where=where, seen=", ".join(sorted(found)) or "none", expected=", ".join(SCOPES)
        )
    return found


def checked_name(name: str) -> str:
    """A name that fits in a line of the file; raises `SettingsError`."""
    if not NAME.fullmatch(name):
        raise SettingsError(
            "a token cannot have that name",
            seen=name,
            where="the name of a token",
            expected="1 to 60 letters, digits, '.', '_' or '-'",
        )
    return name


def digest_of(secret: str) -> str:
    """SHA-256 of a token."""
    return hashlib.sha256(secret.encode()).hexdigest()


def add(name: str, scopes: Iterable[str], file: Path | None = None) -> str:
    """A new token, kept as a hash in a file that its owner alone can read. Raises `SettingsError` for a known name."""
    file, secret = file or tokens_file(), secrets.token_urlsafe(32)
    token = Token(checked_name(name), checked_scopes(scopes, "--scope"), digest_of(secret))
    kept = _kept(file)
    if any(other.name == name for other in kept):
        raise SettingsError(
            "a token of that name exists",
            where=str(file),
            seen=name,
            remedy=f"remove it first: recsys token remove {name}",
        )
    _write(file, [*kept, token])
    return secret


def remove(name: str, file: Path | None = None) -> None:
    """Takes a token out of the file: from the next request on it opens nothing. Raises `SettingsError` without it."""
    file = file or tokens_file()
    kept = _kept(file)
    left = [token for token in kept if token.name != name]
    if len(left) == len(kept):
        raise SettingsError(
            "no token has that name",
            where=str(file),
            seen=name,
            expected=", ".join(token.name for token in kept) or "any token at all",
        )
    _write(file, left)


def _kept(file: Path) -> list[Token]:
    return parsed(file.read_text().splitlines(), str(file)) if file.is_file() else []


def _write(file: Path, tokens: Iterable[Token]) -> None:
    """Replaces the file whole."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text("".join(f"{token.line()}\n" for token in tokens))
    fresh.replace(file)
