"""The stage `publish`: the lists of all shards into Postgres, where they are published together."""

from __future__ import annotations

import pyarrow.parquet as pq

from recsys.artifacts import fingerprint
from recsys.language.script import language_of
from recsys.publish.cohorts import Rules
from recsys.publish.connection import database_url
from recsys.publish.draft import Draft
from recsys.publish.publication import publish
from recsys.schema import TITLE
from recsys.settings import ReasonLanguage
from recsys.stages import PUBLISHED, Job, Result


def run(job: Job) -> Result:
    """Publishes the lists of the stages `rank`, `ranker` and `item_lists`."""
    outcome = publish(database_url(), draft(job), job.settings.database)
    facts = {
        "publication": str(outcome.pub_id or "none"),
        "published": outcome.published,
        "as_of": job.as_of.isoformat(),
        "model_version": _model_version(job),
    }
    return Result({"users": outcome.counts.users, "recommendations": outcome.counts.recommendations}, {}, facts)


def draft(job: Job) -> Draft:
    """What the stages before made, as a publication; the same lists have the same fingerprint."""
    ranks, ranker, of_items = job.inputs["rank"], job.manifest("ranker"), job.manifest("item_lists")
    return Draft(
        as_of=job.as_of,
        model_version=_model_version(job),
        fingerprint=fingerprint([manifest.fingerprint for manifest in ranks], ranker.fingerprint, of_items.fingerprint),
        lists=tuple(manifest.path("recommendations.parquet") for manifest in ranks),
        fallback=ranks[0].path("fallback.parquet"),
        items=job.manifest("ingest").path("items.parquet"),
        manifest={
            "settings": job.settings.model_dump(mode="json", include=set(PUBLISHED)),
            "manifests": {name: [manifest.to_dict() for manifest in made] for name, made in job.inputs.items()},
            "inputs": {name: [manifest.uri for manifest in made] for name, made in job.inputs.items()},
        },
        trace=job.manifest("transfer").path("trace.parquet"),
        interests=job.manifest("interests").path("interests.parquet"),
        users=job.manifest("ingest").path("users.parquet"),
        cohorts=Rules(job.settings.transfer.min_cohort, job.settings.database.cohort_epsilon, _language(job)),
        item_lists=of_items.path("item_lists.parquet"),
    )


def _language(job: Job) -> ReasonLanguage:
    asked = job.settings.lists.reason_language
    if asked != "auto":
        return asked
    titles = pq.read_table(job.manifest("ingest").path("items.parquet"), columns=[TITLE])[TITLE]
    return language_of(titles.fill_null("").to_pylist())


def _model_version(job: Job) -> str:
    """Version of the model that ordered the lists: the ranker's own, which stands for all that it read."""
    ranker = job.manifest("ranker")
    return ranker.facts.get("model_version", ranker.fingerprint)
