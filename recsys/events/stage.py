"""Stage `ingest`: from a source to a validated, deduplicated partition of everything known up to a day."""

from __future__ import annotations

from datetime import UTC, date, datetime

from recsys.artifacts import fingerprint
from recsys.events import reported
from recsys.privacy import intake
from recsys.settings import Settings
from recsys.sources import source
from recsys.stages import Job, Result

SMALL = ("items", "users", "follows", "quarantine")
"""Tables that are held in memory."""


def digest(settings: Settings, as_of: date) -> str:
    """Digest of the source's content, of whom it is read without, and of the feedback up to the day."""
    return source.digest(settings.source) + intake.digest(settings.store) + reported.digest(settings, as_of)


def run(job: Job) -> Result:
    """Writes a Parquet file per table, sorted, and the tables in row numbers, which every later stage reads.

    Where there is feedback it also writes which users are tired of which items.

    Raises `DataError` when the input cannot be used.
    """
    from recsys.events import additions, fatigue, numbering, tables  # heavy: who finds the result needs none of it
    from recsys.events.ingest import UNIQUE, partition
    from recsys.sources import engine

    settings, day = job.settings, job.as_of.isoformat()
    content = digest(settings, job.as_of)
    keep_at = f"{settings.store}/quarantine/as_of={day}/{fingerprint(content)}.parquet"
    with engine.opened() as con:
        raw = intake.private(con, source.read(con, settings.source), settings.store)
        feedback = reported.read(settings, job.as_of)
        beside = additions.taken_in(con, feedback, settings.store) if feedback else None
        made = partition(con, raw, settings.events, job.as_of, keep_at, datetime.now(UTC), beside)
        made.events.write_parquet(str(job.folder / "events.parquet"))
        for table in SMALL:
            getattr(made, table).to_parquet(job.folder / f"{table}.parquet", index=False)
        if feedback:
            fatigue.write(additions.untaken(con, UNIQUE), job.folder)
        known = numbering.numbered(con, UNIQUE, made.items, made.users, made.follows, settings.events)
    tables.write(known.tables, known.actions, known.gauge, job.folder)
    facts = {"dataset_digest": fingerprint(content), "source": settings.source.kind}
    return Result(rows={**made.rows, **known.down_weighted}, facts=facts)
