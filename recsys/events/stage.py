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
    """Writes one Parquet file a table, sorted; raises `DataError` when the input cannot be used."""
    from recsys.events.ingest import partition  # pandas and pandera are heavy: a task that finds its result needs none

    settings, day = job.settings, job.as_of.isoformat()
    content = digest(settings)
    keep_at = f"{settings.store}/quarantine/as_of={day}/{fingerprint(content)}.parquet"
    made = partition(intake.private(source.read(settings.source), settings.store), settings.events, job.as_of, keep_at)
    for table in TABLES:
        getattr(made, table).to_parquet(job.folder / f"{table}.parquet", index=False)
    return Result(rows=made.rows, facts={"dataset_digest": fingerprint(content), "source": settings.source.kind})
