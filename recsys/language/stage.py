"""Stage `features`: one vector an item. Only texts that this version of the model has never read are encoded."""

from __future__ import annotations

from recsys import schema
from recsys.language import reader
from recsys.settings import Settings
from recsys.stages import Inputs, Job, Result


def version(settings: Settings, inputs: Inputs) -> str:
    """Version of the language model: a folder may hold another model under the same name, and `auto` chooses one."""
    (ingested,) = inputs["ingest"]
    found = reader.model_of(settings.language.model, ingested, settings.language.offline)
    return found.read_as(settings.language).version


def run(job: Job) -> Result:
    """Writes `items.parquet` and `vectors.npy`, (n_items, dimensions) float16, for the items of this shard."""
    import numpy as np
    import pandas as pd

    from recsys.language.features import in_shard, vectors_of

    settings, ingested = job.settings, job.one("ingest")
    found = reader.find(settings.language.model, ingested, settings.language.offline)
    if job.shard == 0:
        found.log()
    items = pd.read_parquet(ingested.path("items.parquet"))
    items = in_shard(items, job.shard, settings.language.shards)
    made = vectors_of(items, found.model, settings)
    items[[schema.ITEM_ID]].to_parquet(job.folder / "items.parquet", index=False)
    np.save(job.folder / "vectors.npy", made.vectors)
    rows = {"items": len(items), "encoded": made.encoded, "cached": made.cached}
    facts = {"model_version": found.model.read_as(settings.language).version, "reader": found.why}
    return Result(rows, {"unknown_tokens": found.unknown}, facts)
