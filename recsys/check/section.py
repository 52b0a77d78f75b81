"""A section of the page: facts, how they are printed, and what is to be noticed about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any


class Severity(IntEnum):
    """How bad it is; also the exit status of `recsys check`."""

    FINE = 0
    WARNING = 1
    UNUSABLE = 2


@dataclass(frozen=True)
class Note:
    """Something to notice, and what to do about it."""

    severity: Severity
    text: str


@dataclass(frozen=True)
class Section:
    """What is known of an aspect."""

    name: str
    facts: Mapping[str, Any]
    """For machines: numbers and names, as JSON can hold them."""
    lines: Sequence[str]
    """The same for people."""
    notes: Sequence[Note] = field(default=())

    @property
    def severity(self) -> Severity:
        """That of the gravest note."""
        return max((note.severity for note in self.notes), default=Severity.FINE)


def warning(text: str) -> Note:
    """A note on what makes lists worse, and stops nothing."""
    return Note(Severity.WARNING, text)


def unusable(text: str) -> Note:
    """A note on what stops a run."""
    return Note(Severity.UNUSABLE, text)


def counted(number: int, what: str) -> str:
    """A number with its noun.

    >>> counted(1, "row"), counted(12345, "row")
    ('1 row', '12,345 rows')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def percent(part: float, whole: float) -> str:
    """A share as people read it.

    >>> percent(1, 3), percent(0, 0)
    ('33.3%', '0.0%')
    """
    return f"{part / whole:.1%}" if whole else "0.0%"
