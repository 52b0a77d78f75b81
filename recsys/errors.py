"""Every error this product raises on purpose: what failed, where, what was seen and expected, what to do."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection
from typing import Self


class RecsysError(Exception):
    """An error a person can act on.

    `what` failed, `where` (file, table, row, column), the value `seen`, what was `expected`, and what to do (`remedy`).
    """

    def __init__(self, what: str, *, where: str = "", seen: str = "", expected: str = "", remedy: str = "") -> None:
        self.what, self.where, self.seen, self.expected, self.remedy = what, where, seen, expected, remedy
        parts = [("where", where), ("seen", seen), ("expected", expected), ("to do", remedy)]
        super().__init__("\n".join([what, *(f"  {name}: {text}" for name, text in parts if text)]))

    def reworded(self, change: Callable[[str], str]) -> Self:
        """The same error with each of its texts changed."""
        texts = {name: change(getattr(self, name)) for name in ("where", "seen", "expected", "remedy")}
        return type(self)(change(self.what), **texts)


class SettingsError(RecsysError):
    """A setting is unknown or out of bounds. Not retried."""


class DataError(RecsysError):
    """The input cannot be used as it is. Not retried: the same input fails again."""


class GateError(RecsysError):
    """A guard refused to continue, so that what is live stays live. Not retried."""


class TransientError(RecsysError):
    """Something outside failed (a database, a network, a disk). Worth a retry."""


def override(setting: str) -> str:
    """How an error names a setting to give: as a call of the library takes it, which `as_typed` puts for a command.

    >>> override("lists.top_n=20")
    "overrides=['lists.top_n=20']"
    """
    return f"overrides=['{setting}']"


def as_typed(text: str, flags: Collection[str]) -> str:
    """The message of an error, in the words of a command with these flags in place of those of the library.

    >>> as_typed("correct source.events or the argument items: overrides=['lists.top_n=20']", ["events", "items"])
    'correct --events or --items: --set lists.top_n=20'
    """
    typed = re.sub(r"overrides=\['([^']*)'\]", lambda found: f"--set {shlex.quote(found[1])}", text)
    return re.sub(
        r"\b(?:source\.|the argument )(\w+)", lambda found: f"--{found[1]}" if found[1] in flags else found[0], typed
    )
