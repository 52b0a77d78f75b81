"""All sections, in the order in which they are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from recsys.check import actions, bad_rows, cold_start, columns, ids, language, ratings, signals, size, texts, times
from recsys.check.section import Section, Severity, counted, unusable
from recsys.check.seen import Seen, see
from recsys.errors import DataError, SettingsError
from recsys.events.times import latest
from recsys.privacy import intake
from recsys.settings import Settings
from recsys.sources import engine, source

SECTIONS: Sequence[Callable[[Seen], Section]] = (
    actions.section,
    ratings.section,
    times.section,
    ids.section,
    bad_rows.section,
    texts.section,
    language.section,
    cold_start.section,
    signals.section,
    size.section,
)
"""A section is added here. Columns come first: they are all there is of tables that cannot be judged."""
MARKS = {Severity.FINE: " ", Severity.WARNING: "!", Severity.UNUSABLE: "X"}


@dataclass(frozen=True)
class Page:
    """What was found."""

    sections: Sequence[Section]
    share: float = 1.0
    """The part of the events that was judged."""

    @property
    def severity(self) -> Severity:
        """That of the gravest section."""
        return max(section.severity for section in self.sections)

    def to_dict(self) -> dict[str, Any]:
        """The page for machines; severities are 0 (fine), 1 (warning) and 2 (cannot be used)."""
        sections = [{**asdict(section), "severity": section.severity} for section in self.sections]
        return {"severity": self.severity, "judged_share": self.share, "sections": sections}

    def text(self) -> str:
        """The page for people."""
        lines = [line for section in self.sections for line in _lines(section)]
        if self.share < 1:
            lines.append(f"Of the events {self.share:.1%} were judged; --all judges every one.")
        return "\n".join([*lines, _verdict(self)])


def check(settings: Settings, as_of: date | None, now: datetime, whole: bool = False, kept: bool = False) -> Page:
    """The page of the source that the settings name, as of a day (default: that of the latest event).

    A page that is `kept` is of the input as the product may see it, and names no user.
    """
    with engine.opened() as con:
        try:
            raw = source.read(con, settings.source)
            raw = intake.private(con, raw, settings.store) if kept else raw
        except (DataError, SettingsError) as error:
            return Page([Section("files", {}, [], [unusable(str(error))])])
        first = columns.section(raw, settings.events)
        if first.severity is Severity.UNUSABLE:
            return Page([first])
        day = as_of or latest(raw.events, now.date()) or now.date()
        seen = replace(see(con, raw, settings, day, now, whole), names_people=not kept)
        return Page([first, *(section(seen) for section in SECTIONS)], seen.share)


def _lines(section: Section) -> list[str]:
    notes = [
        f"{MARKS[note.severity]}   {line}" if place == 0 else f"    {line}"
        for note in section.notes
        for place, line in enumerate(note.text.splitlines())
    ]
    return [f"{MARKS[section.severity]} {section.name}", *(f"    {line}" for line in section.lines), *notes]


def _verdict(page: Page) -> str:
    notes = [note for section in page.sections for note in section.notes]
    stops = sum(note.severity is Severity.UNUSABLE for note in notes)
    if stops:
        return f"X cannot be used as it is: {counted(stops, 'thing')} to correct"
    return f"! can be used; {counted(len(notes), 'warning')}" if notes else "  fine"
