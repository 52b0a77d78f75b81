"""Stage `check`: the page of `recsys check` on the input of a day, for who looks at the run. Nothing waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

from recsys.check.section import Section
from recsys.privacy import intake
from recsys.settings import Settings
from recsys.sources import source
from recsys.stages import Job, Result


def digest(settings: Settings, as_of: date) -> str:
    """Digest of the source that ingest reads, whatever the day; what else it reads is not on the page."""
    del as_of
    return source.digest(settings.source) + intake.digest(settings.store)


def run(job: Job) -> Result:
    """Writes page.parquet: `section`, `severity`, `note` (whether the line is to be noticed) and `text`, a row a line.

    Input that cannot be used ends on the page too: ingest reports it as well, and stops. No id of a user is on it.
    """
    import pandas as pd

    from recsys.check import page  # heavy: a task that finds its result needs none of it

    found = page.check(job.settings, job.as_of, datetime.now(UTC), kept=True)
    rows = [row for section in found.sections for row in _rows(section)]
    table = pd.DataFrame(rows, columns=["section", "severity", "note", "text"])
    table.to_parquet(job.folder / "page.parquet", index=False)
    return Result(rows={"lines": len(table), "to be noticed": int(table["note"].sum())})


def _rows(section: Section) -> Iterator[tuple[str, int, bool, str]]:
    yield from ((section.name, int(section.severity), False, line) for line in section.lines)
    yield from ((section.name, int(note.severity), True, note.text) for note in section.notes)
