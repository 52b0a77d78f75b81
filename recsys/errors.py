"""Every error this product raises on purpose: what failed, where, what was seen and expected, what to do."""

from __future__ import annotations


class RecsysError(Exception):
    """An error a person can act on.

    `what` failed, `where` (file, table, row, column), the value `seen`, what was `expected`, and what to do (`remedy`).
    """

    def __init__(self, what: str, *, where: str = "", seen: str = "", expected: str = "", remedy: str = "") -> None:
        self.what, self.where, self.seen, self.expected, self.remedy = what, where, seen, expected, remedy
        parts = [("where", where), ("seen", seen), ("expected", expected), ("to do", remedy)]
        super().__init__("\n".join([what, *(f"  {name}: {text}" for name, text in parts if text)]))


class SettingsError(RecsysError):
    """A setting is unknown or out of bounds. Not retried."""


class DataError(RecsysError):
    """The input cannot be used as it is. Not retried: the same input fails again."""


class GateError(RecsysError):
    """A guard refused to go on, so that what is live stays live. Not retried."""


class TransientError(RecsysError):
    """Something outside failed (a database, a network, a disk). Worth a retry."""
