"""Stage `interests`: from features to named interests and what every item and user is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys.artifacts import Manifest
from recsys.events import tables
from recsys.events.interactions import Floats
from recsys.interests import names, prototypes
from recsys.interests.distributions import observe
from recsys.language import embeddings
from recsys.settings import Settings
from recsys.stages import Job, Result

EXAMPLES = 8
"""Titles that stand for an interest."""


@dataclass(frozen=True)
class Understanding:
    """Items in the space of interests; nothing here depends on behaviour."""

    membership: Floats
    """(n_items, n_interests), rows sum to 1."""
    directions: Floats
    """Centred item features, (n_items, dim), rows of length 1 or 0."""


def understand(vectors: Floats, settings: Settings) -> Understanding:
    """Interests found among the items of a catalogue."""
    found = prototypes.fit(vectors, settings.interests, settings.ranking.seed)
    return Understanding(found.membership(vectors), prototypes.centred(vectors, found.centre))


def run(job: Job) -> Result:
    """Writes interests.parquet, membership.npy, directions.npy and observed.npz."""
    known = tables.read(job.one("ingest"), job.settings.events)
    _, vectors = embeddings.load(job.inputs["features"])
    found = understand(vectors, job.settings)
    called = names.names(found.membership, known.titles, known.categories)
    home = found.membership.argmax(axis=1)
    best = np.argsort(-found.membership, axis=0, kind="stable")[:EXAMPLES].T
    pd.DataFrame({
        "interest": np.arange(len(called), dtype=np.int32),
        "name": called,
        "items": np.bincount(home, minlength=len(called)),
        "examples": [[known.titles[item] for item in row] for row in best],
    }).to_parquet(job.folder / "interests.parquet", index=False)  # fmt: skip
    np.save(job.folder / "membership.npy", found.membership)
    np.save(job.folder / "directions.npy", found.directions.astype(np.float16))
    observed = observe(known.interactions, found.membership, job.settings.events.half_life_days)
    np.savez(job.folder / "observed.npz", distribution=observed.distribution, evidence=observed.evidence)
    return Result(rows={"interests": len(called), "users": len(known.user_ids), "items": len(known.item_ids)},
                  metrics={"evidence_median": float(np.median(observed.evidence))})  # fmt: skip


def read(made: Manifest) -> Understanding:
    """What this stage found."""
    directions = np.load(made.path("directions.npy")).astype(np.float32)
    return Understanding(np.load(made.path("membership.npy")), directions)


def read_names(made: Manifest) -> list[str]:
    """Names of the interests, by number."""
    return pd.read_parquet(made.path("interests.parquet"))["name"].tolist()  # type: ignore[no-any-return]
