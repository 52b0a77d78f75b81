"""Stage `features`: vectors of the items' texts and pictures. Only what a model has never read before is encoded."""

from __future__ import annotations

from recsys import schema
from recsys.language import reader
from recsys.pictures import models as picture_models
from recsys.settings import Settings
from recsys.stages import Inputs, Job, Result


def version(settings: Settings, inputs: Inputs) -> str:
    """Version of the models: a folder may hold another model under the same name, and `auto` selects a model."""
    (ingested,) = inputs["ingest"]
    language, pictures = settings.language, settings.pictures.model
    texts = reader.model_of(language.model, ingested, language.offline).read_as(language).version
    return f"{texts}+{picture_models.find(pictures, language.offline).version}" if pictures else texts


def run(job: Job) -> Result:
    """Writes `items.parquet` and `vectors.npy`, (n_items, dimensions) float16, for the items of this shard.

    With `pictures.model` also `pictures.npy`, (n_items, picture_dimensions) float16: `embeddings.load` fuses them.
    """
    import numpy as np
    import pandas as pd

    from recsys.language.embeddings import INGESTED, PICTURES, TEXTS
    from recsys.language.features import in_shard, vectors_of

    settings, ingested = job.settings, job.manifest("ingest")
    found = reader.find(settings.language.model, ingested, settings.language.offline)
    if job.shard == 0:
        found.log()
    items = pd.read_parquet(ingested.path("items.parquet"))
    items = in_shard(items, job.shard, settings.runtime.shards)
    made = vectors_of(items, found.model, settings)
    items[[schema.ITEM_ID]].to_parquet(job.folder / "items.parquet", index=False)
    np.save(job.folder / TEXTS, made.vectors)
    rows = {"items": len(items), "encoded": made.encoded, "cached": made.cached}
    facts = {"model_version": version(settings, job.inputs), "reader": found.why}
    if settings.pictures.model:
        from recsys.pictures import reading

        model = picture_models.find(settings.pictures.model, settings.language.offline)
        pictures = reading.vectors_of(items, model, settings)
        np.save(job.folder / PICTURES, pictures.vectors)
        rows, facts = {**rows, **pictures.rows}, {**facts, INGESTED: ingested.uri}
    return Result(rows, {"unknown_tokens": found.unknown}, facts)
