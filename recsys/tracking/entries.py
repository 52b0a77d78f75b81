"""Settings, manifests and quality tables as MLflow's params, metrics and tags, under names that MLflow accepts."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from recsys.artifacts import Manifest
from recsys.evaluation.columns import ALL, MAIN
from recsys.schema import NO_TRANSFER, RECSYS
from recsys.settings import Settings
from recsys.stages import stage_of

LONGEST_VALUE = 500
BY_SEGMENT = (RECSYS, NO_TRANSFER)
"""Arms whose quality is logged by segment too."""
DATASET = "dataset_digest"
"""The fact in which ingest names its data."""


def accepted(name: str) -> str:
    """The name with what MLflow refuses replaced.

    >>> accepted("ndcg@10"), accepted("quarantined: no text (items)")
    ('ndcg_at_10', 'quarantined: no text _items_')
    """
    return re.sub(r"[^\w\-. :/]", "_", name.replace("@", "_at_"))


def redacted(text: str) -> str:
    """The text with the credentials of any address in it blotted out.

    >>> redacted("s3://key:secret@bucket/events.parquet")
    's3://***@bucket/events.parquet'
    """
    return re.sub(r"://[^/@\s]+@", "://***@", text)


def params(settings: Settings) -> dict[str, str]:
    """Every setting by its dotted name, as text."""
    return dict(_flat(settings.model_dump(mode="json"), ""))


def stage_params(settings: Settings, stage: str) -> dict[str, str]:
    """The settings on which a stage's result depends."""
    sections = tuple(f"{section}." for section in stage_of(stage).sections)
    return {name: value for name, value in params(settings).items() if name.startswith(sections)}


def _flat(node: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in node.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            text = value if isinstance(value, str) else json.dumps(value)
            yield accepted(f"{prefix}{name}"), redacted(text)[:LONGEST_VALUE]


def metrics(made: Manifest) -> dict[str, float]:
    """Numbers of a manifest: its metrics, `rows/<what>`, seconds and peak memory."""
    rows = {f"rows/{what}": float(count) for what, count in made.rows.items()}
    found = {
        **made.metrics,
        **rows,
        "seconds": made.seconds,
        "cpu_seconds": made.cpu_seconds,
        "peak_memory_mb": made.peak_memory_mb,
    }
    return {accepted(name): float(value) for name, value in found.items() if math.isfinite(value)}


def facts(made: Manifest) -> dict[str, str]:
    """What a stage reports in words, under `recsys.`."""
    return {f"recsys.{accepted(name)}": redacted(text)[:LONGEST_VALUE] for name, text in made.facts.items()}


def tags(made: Manifest) -> dict[str, str]:
    """A manifest's facts, and where its files are."""
    where = {"recsys.fingerprint": made.fingerprint, "recsys.uri": redacted(made.uri)}
    return {**facts(made), **where, "recsys.cached": str(made.cached).lower()}


def quality(made: Manifest) -> dict[str, float]:
    """An evaluation's metrics, with `_low` and `_high` beside each: `<protocol>/<arm>.<metric>` over all users.

    Of recsys with and without transfer also NDCG@10 by segment: `<protocol>/<arm>.ndcg_at_10/<segment>`.
    """
    if made.stage != "evaluate":
        return {}
    import pandas as pd

    table = pd.read_parquet(made.path("metrics.parquet"))
    logged = (table.segment == ALL) | (table.arm.isin(BY_SEGMENT) & (table.metric == MAIN))
    found: dict[str, float] = {}
    for row in table[logged].itertuples():
        segment = "" if row.segment == ALL else f"/{row.segment.replace('+', ' and more')}"
        name = accepted(f"{row.protocol}/{row.arm}.{row.metric}{segment}")
        found |= {name: float(row.value), f"{name}_low": float(row.low), f"{name}_high": float(row.high)}
    return {name: value for name, value in found.items() if math.isfinite(value)}
