import pandas as pd
import pytest

from recsys.monitor.measures import Measure
from recsys.monitor.people import people, quality
from recsys.settings import MonitorSettings

METRICS = pd.DataFrame(
    [
        ("warm", "recsys", "all", "ndcg@10", 0.10, 0.09, 0.11),
        ("warm", "recsys", "31+", "ndcg@10", 0.20, 0.10, 0.30),
        ("warm", "popularity", "all", "ndcg@10", 0.05, 0.04, 0.06),
        ("warm", "recsys", "all", "recall@10", 0.5, 0.4, 0.6),
        ("cold-users", "recsys", "all", "ndcg@10", 0.3, 0.2, 0.4),
    ],
    columns=["protocol", "arm", "segment", "metric", "value", "low", "high"],
)
TRACE = pd.DataFrame({"segment": ["0", "0", "1-3", "31+"], "alpha": [1.0, 1.0, 0.5, 0.25]})


def test_quality_is_that_of_every_arm_and_segment_with_its_interval() -> None:
    found = list(quality(METRICS, {}, MonitorSettings()))
    assert [(one.part, one.value, one.low, one.high) for one in found] == [
        ("warm/recsys/all", 0.10, 0.09, 0.11),
        ("warm/recsys/31+", 0.20, 0.10, 0.30),
        ("warm/popularity/all", 0.05, 0.04, 0.06),
    ]


def test_hindsight_is_watched_where_it_is_there_and_never_compared_with_a_backtest() -> None:
    both = pd.concat([METRICS, METRICS.head(1).assign(protocol="hindsight", value=0.02)])
    usual = {("quality", "warm/recsys/all"): 0.10, ("quality", "recsys/all"): 0.10}
    (found,) = quality(both, usual, MonitorSettings(max_quality_drop=0.2))
    assert (found.part, found.value, found.bound, found.over) == ("hindsight/recsys/all", 0.02, None, False)
    (found,) = quality(both, {**usual, ("quality", "hindsight/recsys/all"): 0.05}, MonitorSettings())
    assert found.over


def test_a_day_on_which_nothing_was_measured_has_no_quality() -> None:
    assert list(quality(METRICS.head(0), {}, MonitorSettings())) == []


@pytest.mark.parametrize(("before", "over"), [(0.10, False), (0.12, False), (0.13, True)])
def test_quality_that_dropped_is_over(before: float, over: bool) -> None:
    usual = {("quality", "warm/recsys/all"): before, ("quality", "warm/popularity/all"): 9.0}
    ours, *others = quality(METRICS, usual, MonitorSettings(max_quality_drop=0.2))
    assert ours.bound == pytest.approx(0.8 * before)
    assert ours.over == over
    assert not any(one.over for one in others)


def test_people_are_counted_and_averaged_by_segment() -> None:
    found = list(people(TRACE, 3, MonitorSettings()))
    evidence = {one.part: one.value for one in found if one.metric == "evidence"}
    alpha = {one.part: one.value for one in found if one.metric == "alpha"}
    assert evidence == {"0": 2, "1-3": 1, "4-10": 0, "11-30": 0, "31+": 1}
    assert alpha == {"0": 1.0, "1-3": 0.5, "31+": 0.25}


def test_users_without_a_list_lower_the_coverage() -> None:
    (found,) = (one for one in people(TRACE, 3, MonitorSettings(min_coverage=0.9)) if one.metric == "coverage")
    assert found == Measure("coverage", 0.75, bound=0.9, over=True)
