"""Stage `ingest`: from a source to a validated, deduplicated partition of everything known up to a day."""

from __future__ import annotations

from recsys.artifacts import fingerprint
from recsys.privacy import intake
from recsys.settings import Settings
from recsys.sources import source
from recsys.stages import Job, Result

TABLES = ("events", "items", "users", "follows", "quarantine")


def digest(settings: Settings) -> str:
    """Digest of the source's content, and of whom it is read without."""
    return source.digest(settings.source) + intake.digest(settings.store)


def run(job: Job) -> Result:
    """Writes one Parquet file a table, sorted, and the tables in row numbers, which every later stage reads.

    Raises `DataError` when the input cannot be used.
    """
    from recsys.events import noise, tables  # pandas and pandera are heavy: a task that finds its result needs none
    from recsys.events.ingest import partition
    from recsys.events.numbering import numbered

    settings, day = job.settings, job.as_of.isoformat()
    content = digest(settings)
    keep_at = f"{settings.store}/quarantine/as_of={day}/{fingerprint(content)}.parquet"
    made = partition(intake.private(source.read(settings.source), settings.store), settings.events, job.as_of, keep_at)
    doubts = noise.judge(made.events, settings.events)
    tables.write(numbered(made, doubts, settings.events), job.folder)
    for table in TABLES:
        getattr(made, table).to_parquet(job.folder / f"{table}.parquet", index=False)
    rows = {**made.rows, **doubts.counts}
    return Result(rows=rows, facts={"dataset_digest": fingerprint(content), "source": settings.source.kind})
