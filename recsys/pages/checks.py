"""What the stage `check` found in the input of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from recsys.pages import files

MARKS = ("good", "", "bad")
"""How a note of each severity is shown."""


@dataclass(frozen=True)
class Section:
    """An aspect of the input."""

    name: str
    lines: Sequence[str]
    notes: Sequence[tuple[str, str]]
    """Mark and text of what is to be noticed."""


def sections(folder: str) -> list[Section]:
    """The sections in their order. Raises `TransientError` as `files.read` does."""
    rows = files.read(folder, "page", ["section", "severity", "note", "text"], {})
    return [_section(name, list(of)) for name, of in groupby(rows, key=lambda row: str(row["section"]))]


def _section(name: str, rows: Sequence[Mapping[str, Any]]) -> Section:
    lines = [row["text"] for row in rows if not row["note"]]
    return Section(name, lines, [(MARKS[row["severity"]], row["text"]) for row in rows if row["note"]])
