from datetime import date

import numpy as np
import pandas as pd
import pytest

from recsys.events.interactions import Days
from recsys.monitor.measures import Measure
from recsys.monitor.volume import volume
from recsys.settings import MonitorSettings
from tests.raw import times_of

DAY = date(2026, 1, 10)
ROWS = {"events": 40, "duplicate events": 2, "items": 30, "users": 5, "follows": 3, "quarantined": 20}
DAYS = np.array([20460.375, 20461.999])
"""The mornings and nights of 2026-01-07 and 2026-01-08."""


def measured(bounds: str = "{}", usual: float | None = None, days: Days = DAYS) -> dict[tuple[str, str], Measure]:
    before = {} if usual is None else {("events", ""): usual, ("events", "day"): usual}
    found = volume(ROWS, days, 9, DAY, before, MonitorSettings.model_validate_json(bounds))
    return {(one.metric, one.part): one for one in found}


def test_counts_lag_and_bad_share_are_those_of_the_input() -> None:
    values = {key: one.value for key, one in measured().items()}
    assert values == {
        ("events", ""): 40,
        ("users", ""): 9,
        ("items", ""): 30,
        ("events", "day"): 0,
        ("lag_days", ""): 2,
        ("quarantined", ""): 20,
        ("quarantined_share", ""): 0.2,
    }


@pytest.mark.parametrize(("usual", "over"), [(100, True), (70, False), (40, False), (25, True)])
def test_far_fewer_or_more_events_than_usual_are_over(usual: float, over: bool) -> None:
    found = measured(usual=usual)[("events_change", "")]
    assert found.value == pytest.approx(40 / usual - 1)
    assert found.over == over


def test_a_day_without_events_is_over_only_with_a_bound() -> None:
    assert not measured(usual=40)[("events_change", "day")].over
    found = measured('{"max_day_change": 0.9}', usual=40)[("events_change", "day")]
    assert (found.value, found.over) == (-1, True)


def test_an_old_newest_event_is_over_only_with_a_bound() -> None:
    assert not measured()[("lag_days", "")].over
    assert measured('{"max_lag_days": 1}')[("lag_days", "")].over


@pytest.mark.parametrize(("bound", "over"), [("0.19", True), ("0.2", False), ("null", False)])
def test_the_bad_share_has_a_bound(bound: str, over: bool) -> None:
    assert measured(f'{{"max_quarantined_share": {bound}}}')[("quarantined_share", "")].over == over


def test_where_an_order_stands_in_for_times_there_is_no_lag() -> None:
    order = times_of(pd.DataFrame({"item_id": ["a", "b"]}), DAY)
    found = measured(days=order.to_numpy("datetime64[us]").astype(np.int64) / 86_400e6)
    assert set(found) == {("events", ""), ("users", ""), ("items", ""), ("quarantined", ""), ("quarantined_share", "")}
