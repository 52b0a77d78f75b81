"""Stage `features`: one vector an item. Only texts that this version of the model has never read are encoded."""

from __future__ import annotations

from recsys import schema
from recsys.language import models
from recsys.settings import Settings
from recsys.stages import Job, Result


def digest(settings: Settings) -> str:
    """Version of the language model: a folder may hold another model under the same name."""
    return models.find(settings.language.model, settings.language.offline).version


def run(job: Job) -> Result:
    """Writes `items.parquet` and `vectors.npy`, (n_items, dimensions) float16, for the items of this shard."""
    import numpy as np
    import pandas as pd

    from recsys.language.features import in_shard, vectors_of

    settings = job.settings
    model = models.find(settings.language.model, settings.language.offline)
    items = pd.read_parquet(job.one("ingest").path("items.parquet"))
    items = in_shard(items, job.shard, settings.language.shards)
    made = vectors_of(items, model, settings)
    items[[schema.ITEM_ID]].to_parquet(job.folder / "items.parquet", index=False)
    np.save(job.folder / "vectors.npy", made.vectors)
    rows = {"items": len(items), "encoded": made.encoded, "cached": made.cached}
    return Result(rows, facts={"model_version": model.version})
