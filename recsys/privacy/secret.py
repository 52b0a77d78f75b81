"""The key of pseudonyms: from the environment or a file, never a setting, never in a message."""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path

from recsys.errors import SettingsError

VARIABLE = "RECSYS_PSEUDONYM_KEY"
MIN_BYTES = 16


def key() -> bytes | None:
    """RECSYS_PSEUDONYM_KEY, or the content of the file RECSYS_PSEUDONYM_KEY_FILE; None when neither is set.

    Raises `SettingsError` for a file that is not there, and for a key that can be guessed.
    """
    given, file = os.environ.get(VARIABLE), os.environ.get(f"{VARIABLE}_FILE")
    if given is None and file is None:
        return None
    if given is None and not Path(str(file)).is_file():
        raise SettingsError(
            "the file with the key of pseudonyms is not there",
            where=f"{VARIABLE}_FILE",
            seen=str(file),
            remedy="correct or unset it",
        )
    secret = (given if given is not None else Path(str(file)).read_text()).strip().encode()
    if len(secret) < MIN_BYTES:
        raise SettingsError(
            "the key of pseudonyms can be guessed",
            where=VARIABLE,
            seen=f"{len(secret)} bytes",
            expected=f"at least {MIN_BYTES}",
            remedy="python -c 'import secrets; print(secrets.token_hex())'",
        )
    return secret


def keyed(secret: bytes, text: str, purpose: str) -> str:
    """HMAC-SHA256 of a text for a purpose, the first 128 bits in hexadecimal.

    >>> keyed(b"sixteen bytes...", "ann", "user") == keyed(b"sixteen bytes...", "ann", "user")
    True
    >>> keyed(b"sixteen bytes...", "ann", "user") == keyed(b"another key.....", "ann", "user")
    False
    """
    return hmac.new(secret, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()[:32]
