"""What the results of a day cost, by stage: CPU, GPU, memory and storage, and their price."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from recsys.artifacts import Manifest
from recsys.monitor.measures import Measure
from recsys.publish.maintenance import KEPT_DAYS
from recsys.settings import MonitorSettings
from recsys.stages import Inputs

HOUR, MONTH_DAYS, MB_OF_GB = 3600, 30, 1024
SUMMED = ("seconds", "cpu_seconds", "gpu_seconds", "stored_mb")
"""What shards and stages add up to; memory is that of the largest process."""


def costs(made: Inputs, users: int, prices: MonitorSettings) -> Iterator[Measure]:
    """Measures of each stage and of the whole, those that are 0 left out; a result found counts as when it was made.

    `cost` and `cost_per_1000_users` are in the currency of the prices.
    """
    for stage, manifests in made.items():
        yield from _measures(manifests, prices, f"stage/{stage}")
    every = [manifest for manifests in made.values() for manifest in manifests]
    yield from _measures(every, prices, "")
    if users:
        yield Measure("cost_per_1000_users", _price(every, prices) / users * 1000)


def _measures(manifests: Sequence[Manifest], prices: MonitorSettings, part: str) -> list[Measure]:
    found = {
        **{name: _sum(manifests, name) for name in SUMMED},
        "peak_memory_mb": max((manifest.peak_memory_mb for manifest in manifests), default=0.0),
        "cost": _price(manifests, prices),
    }
    return [Measure(name, value, part) for name, value in found.items() if value]


def _price(manifests: Sequence[Manifest], prices: MonitorSettings) -> float:
    """Hours of cores and GPUs, and the storage of the files until they are cleaned away."""
    stored_gb_months = _sum(manifests, "stored_mb") / MB_OF_GB * KEPT_DAYS / MONTH_DAYS
    return (
        _sum(manifests, "cpu_seconds") / HOUR * prices.cpu_hour_price
        + _sum(manifests, "gpu_seconds") / HOUR * prices.gpu_hour_price
        + stored_gb_months * prices.gb_month_price
    )


def _sum(manifests: Sequence[Manifest], name: str) -> float:
    return float(sum(getattr(manifest, name) for manifest in manifests))
