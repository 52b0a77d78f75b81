"""What a day costs: sums of stages and shards, and a price that can be checked by hand."""

from __future__ import annotations

import pytest

from recsys.artifacts import Manifest
from recsys.monitor.costs import costs
from recsys.settings import MonitorSettings

PRICES = MonitorSettings(cpu_hour_price=0.36, gpu_hour_price=3.6, gb_month_price=0.3)


def made(
    stage: str, cpu: float = 0, gpu: float = 0, stored: float = 0, memory: float = 0, cached: bool = False
) -> Manifest:
    return Manifest(
        stage,
        "2026-01-10",
        "f",
        "u",
        seconds=2 * cpu,
        peak_memory_mb=memory,
        cpu_seconds=cpu,
        gpu_seconds=gpu,
        stored_mb=stored,
        cached=cached,
    )


DAY = {
    "features": (made("features", cpu=10, gpu=5, memory=900),),
    "rank": (made("rank", cpu=20, memory=300), made("rank", cpu=30, memory=400, stored=1024)),
}


def of_day(users: int = 500) -> dict[tuple[str, str], float]:
    return {(measure.metric, measure.part): measure.value for measure in costs(DAY, users, PRICES)}


def test_shards_and_stages_add_up_and_memory_is_that_of_the_largest_process() -> None:
    found = of_day()
    assert found["cpu_seconds", "stage/rank"] == 50
    assert found["cpu_seconds", ""] == 60
    assert found["seconds", ""] == 120
    assert found["peak_memory_mb", "stage/rank"] == 400
    assert found["peak_memory_mb", ""] == 900
    assert ("gpu_seconds", "stage/rank") not in found


def test_the_price_is_that_of_cores_gpus_and_a_week_of_storage() -> None:
    found = of_day()
    assert found["cost", "stage/features"] == pytest.approx(10 * 0.0001 + 5 * 0.001)
    assert found["cost", "stage/rank"] == pytest.approx(50 * 0.0001 + 0.3 * 7 / 30)
    assert found["cost", ""] == pytest.approx(found["cost", "stage/features"] + found["cost", "stage/rank"])
    assert found["cost_per_1000_users", ""] == pytest.approx(2 * found["cost", ""])


def test_without_users_there_is_no_cost_of_a_thousand() -> None:
    assert ("cost_per_1000_users", "") not in of_day(users=0)


def test_a_result_that_was_found_counts_as_when_it_was_made() -> None:
    again = {stage: tuple(made(stage, cpu=10, cached=cached) for cached in (True, False)) for stage in ("rank",)}
    assert [measure.value for measure in costs(again, 0, PRICES) if measure.metric == "cpu_seconds"] == [20, 20]
