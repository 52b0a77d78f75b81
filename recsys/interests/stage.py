"""Stage `interests`: from features to named interests and what every item and user is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from recsys.artifacts import Manifest
from recsys.events import tables
from recsys.events.interactions import Floats
from recsys.interests import continuity, names, prototypes
from recsys.interests.continuity import Named
from recsys.interests.distributions import remember
from recsys.interests.prototypes import Prototypes
from recsys.language import embeddings
from recsys.settings import Settings
from recsys.stages import Job, Result

EXAMPLES = 8
"""Titles that stand for an interest."""


@dataclass(frozen=True)
class ItemInterests:
    """Items in the space of interests; nothing here depends on behaviour."""

    membership: Floats
    """(n_items, n_interests), rows sum to 1."""
    directions: Floats
    """Centred item features, (n_items, dim), rows of length 1 or 0."""


def understand(vectors: Floats, settings: Settings) -> ItemInterests:
    """Interests found among the items of a catalogue, whatever was found on earlier days."""
    return _understood(prototypes.fit(vectors, settings.interests, settings.seed), vectors)


def run(job: Job) -> Result:
    """Writes interests.parquet, prototypes.npz, membership.npy, directions.npy and observed.npz."""
    known = tables.read(job.manifest("ingest"))
    _, vectors = embeddings.load(job.inputs["features"])
    before = None if job.earlier is None else read_named(job.earlier)
    continued = continuity.find(vectors, job.settings.interests, job.settings.seed, before)
    found = _understood(continued.found, vectors)
    called = names.names(found.membership, known.titles, known.categories, continued.kept_names)
    _write(found, continued.named(called, job.as_of.isoformat()), known.titles, job.folder)
    observed = remember(known.interactions, found.membership, job.settings)
    np.savez(
        job.folder / "observed.npz",
        distribution=observed.distribution,
        evidence=observed.evidence,
        drift=observed.drift,
    )
    return Result(
        rows={
            "interests": len(called),
            "users": len(known.user_ids),
            "items": len(known.item_ids),
            "users whose taste turned": int(np.sum(observed.drift > 0)),
        },
        metrics={
            "evidence_median": float(np.median(observed.evidence)),
            "drift_mean": float(observed.drift.mean()),
            "new_interests": float(np.sum(~continued.kept)),
        },
        facts={"goes_on_from": "" if job.earlier is None else f"{job.earlier.as_of}/{job.earlier.fingerprint}"},
    )


def _understood(found: Prototypes, vectors: Floats) -> ItemInterests:
    return ItemInterests(found.membership(vectors), prototypes.centred(vectors, found.centre))


def _write(found: ItemInterests, named: Named, titles: Sequence[str], folder: Path) -> None:
    home = found.membership.argmax(axis=1)
    best = np.argsort(-found.membership, axis=0, kind="stable")[:EXAMPLES].T
    pd.DataFrame(
        {
            "interest": np.arange(len(named.names), dtype=np.int32),
            "name": named.names,
            "since": named.since,
            "items": np.bincount(home, minlength=len(named.names)),
            "examples": [[titles[item] for item in row] for row in best],
        }
    ).to_parquet(folder / "interests.parquet", index=False)
    prototype = named.found
    np.savez(
        folder / "prototypes.npz",
        centre=prototype.centre,
        directions=prototype.directions,
        anchors=named.anchors,
        temperature=prototype.temperature,
        catalogue=named.catalogue,
    )
    np.save(folder / "membership.npy", found.membership)
    np.save(folder / "directions.npy", found.directions.astype(np.float16))


def read_named(made: Manifest) -> Named:
    """The interests of a day with their names, to resume from."""
    table = pd.read_parquet(made.path("interests.parquet"))
    with np.load(made.path("prototypes.npz")) as kept:
        found = Prototypes(kept["centre"], kept["directions"], float(kept["temperature"]))
        return Named(found, kept["anchors"], tuple(table["name"]), tuple(table["since"]), str(kept["catalogue"]))


def read(made: Manifest) -> ItemInterests:
    """What this stage found."""
    directions = np.load(made.path("directions.npy")).astype(np.float32)
    return ItemInterests(np.load(made.path("membership.npy")), directions)


def read_drift(made: Manifest) -> Floats:
    """Drift of every user, (n_users,)."""
    with np.load(made.path("observed.npz")) as observed:
        return np.asarray(observed["drift"])


def read_names(made: Manifest) -> list[str]:
    """Names of the interests, by number."""
    return pd.read_parquet(made.path("interests.parquet"))["name"].tolist()  # type: ignore[no-any-return]
