"""Who asked to be forgotten, known by keyed hash alone: ingest leaves them out, whatever the source still holds.

Beside the data, in `<store>/forgotten/`, lie a random salt and, for each of them, the proof of the erasure.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any

import fsspec

from recsys.artifacts import fingerprint
from recsys.privacy.secret import keyed

FOLDER = "forgotten"
SALT = "salt"


class Forgotten:
    """The list of those who are forgotten, in a store."""

    def __init__(self, store: str) -> None:
        self._files, root = fsspec.core.url_to_fs(store)
        self._folder = f"{root.rstrip('/')}/{FOLDER}"

    def subject(self, user_id: str) -> str:
        """By what a forgotten user is known: without the salt it cannot be linked to the user."""
        return keyed(self._salt(), user_id, "forgotten")

    def subjects(self) -> set[str]:
        """All of them."""
        self._files.invalidate_cache()
        if not self._files.exists(self._folder):
            return set()
        names = [path.rsplit("/", 1)[-1] for path in self._files.ls(self._folder, detail=False)]
        return {name.removesuffix(".json") for name in names if name.endswith(".json")}

    def digest(self) -> str:
        """Digest of the list; "" while it is empty. Data made before somebody was added is not reused after."""
        subjects = sorted(self.subjects())
        return fingerprint(subjects) if subjects else ""

    def proof(self, user_id: str) -> dict[str, Any]:
        """What is noted of a user's erasure so far; nothing before it begins."""
        path = f"{self._folder}/{self.subject(user_id)}.json"
        return dict(json.loads(self._files.cat_file(path))) if self._files.exists(path) else {}

    def add(self, user_id: str, proof: Mapping[str, Any]) -> str:
        """Path of the proof, written anew; from here on ingest leaves the user out."""
        path = f"{self._folder}/{self.subject(user_id)}.json"
        self._write(path, json.dumps(proof, indent=1, sort_keys=True).encode())
        return path

    def is_forgotten(self) -> Callable[[str], bool]:
        """Whether a user is forgotten by now, by the id known here."""
        subjects = self.subjects()
        salt = self._salt() if subjects else b""
        return lambda user_id: bool(subjects) and keyed(salt, user_id, "forgotten") in subjects

    def _salt(self) -> bytes:
        path = f"{self._folder}/{SALT}"
        if not self._files.exists(path):
            self._write(path, secrets.token_hex(32).encode())
        return bytes(self._files.cat_file(path))

    def _write(self, path: str, content: bytes) -> None:
        self._files.makedirs(self._folder, exist_ok=True)
        self._files.pipe_file(f"{path}.new", content)
        self._files.mv(f"{path}.new", path)
