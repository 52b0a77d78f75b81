from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from recsys.evaluation import columns, measure
from recsys.evaluation.backtest import Backtest
from recsys.events.interactions import Floats, Interactions, Ints
from recsys.events.split import Requests, Split

DIRECTIONS = np.array([[1, 0], [0, 1], [0.6, 0.8], [1, 0]], np.float32)
WANTED = np.array([[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], np.float32)


@pytest.fixture
def backtest(history: Callable[..., Interactions]) -> Callable[..., Backtest]:
    """Three users who have done nothing, one thing and four things, and want items 1, 2 and 3."""
    plays = history([(1, 0, 1, 1), *((2, 0, 1, day) for day in (1, 2, 3, 4))], 3, 4)
    known = replace(plays, repeatable=np.ones(5, bool))
    requests = Requests(known, np.full(3, 5.0), np.arange(3, dtype=np.int32))

    def build(**lists: list[list[int]]) -> Backtest:
        rows: dict[str, Ints] = {arm: np.array(shown, np.int32) for arm, shown in lists.items()}
        return Backtest("warm", Split(requests, sp.csr_matrix(WANTED)), rows, known)

    return build


def tables(backtest: Backtest, directions: Floats = DIRECTIONS) -> tuple[pd.DataFrame, pd.DataFrame]:
    return measure.tables(backtest, directions, resamples=100, seed=0)


def test_metrics_of_every_request_by_hand(backtest: Callable[..., Backtest]) -> None:
    here = backtest(recsys=[[1, 0], [1, 2], [1, -1]])
    found = measure.per_request(here, here.lists["recsys"], DIRECTIONS)
    assert found["ndcg@10"] == pytest.approx([1, 0.63093, 0], abs=1e-5)
    assert found["recall@10"].tolist() == [1, 1, 0]
    assert found["debiased recall@10"].tolist() == [1, 1, 0]
    assert found["mrr"].tolist() == [1, 0.5, 0]
    assert found["diversity"] == pytest.approx([1, 0.2, 0], abs=1e-6)
    # Two of three users have item 0, nobody the others: 0.58496 and 1.58496 bits.
    assert found["novelty"] == pytest.approx([1.08496, 1.58496, 1.58496], abs=1e-5)


def test_the_table_holds_every_arm_segment_and_metric_once(backtest: Callable[..., Backtest]) -> None:
    metrics, _ = tables(backtest(recsys=[[1, 0], [1, 2], [1, -1]], other=[[0, 1], [0, 1], [0, 1]]))
    keys = metrics[["arm", "segment", "metric"]].value_counts()
    assert list(metrics.columns) == list(columns.METRICS)
    assert (keys == 1).all()
    assert len(keys) == 2 * 4 * 7
    assert metrics.drop_duplicates("segment")[["segment", "users"]].to_numpy().tolist() == [
        ["all", 3],
        ["0", 1],
        ["1-3", 1],
        ["4-10", 1],
    ]


def test_a_segment_has_the_mean_of_its_own_users(backtest: Callable[..., Backtest]) -> None:
    metrics, _ = tables(backtest(recsys=[[1, 0], [1, 2], [1, -1]]))
    by_segment = metrics.set_index(["segment", "metric"])["value"]
    assert [by_segment[segment, "mrr"] for segment in ("all", "0", "1-3", "4-10")] == [0.5, 1, 0.5, 0]
    assert [by_segment[segment, "coverage"] for segment in ("all", "0", "1-3", "4-10")] == [0.75, 0.5, 0.5, 0.25]


def test_users_of_one_segment_are_shown_together_only(history: Callable[..., Interactions]) -> None:
    known = history([(0, 0, 1, 1), (1, 0, 1, 1)], 2, 4)
    requests = Requests(known, np.full(2, 5.0), np.arange(2, dtype=np.int32))
    lists: dict[str, Ints] = {"recsys": np.array([[1], [2]], np.int32)}
    metrics, ratios = tables(Backtest("warm", Split(requests, sp.csr_matrix(WANTED[:2])), lists, known))
    assert set(metrics["segment"]) == {"all"}
    assert ratios.empty


def test_every_value_lies_within_its_interval(backtest: Callable[..., Backtest]) -> None:
    metrics, _ = tables(backtest(recsys=[[1, 0], [1, 2], [1, -1]], other=[[0, 1], [0, 1], [0, 1]]))
    assert (metrics["low"] <= metrics["value"] + 1e-12).all()
    assert (metrics["value"] <= metrics["high"] + 1e-12).all()


def test_an_arm_with_the_same_lists_has_a_ratio_of_exactly_one(backtest: Callable[..., Backtest]) -> None:
    lists = [[1, 0], [1, 2], [3, 1]]
    _, ratios = tables(backtest(recsys=lists, twin=lists))
    assert ratios.columns.tolist() == list(columns.RATIOS)
    assert ratios[["value", "low", "high"]].to_numpy().tolist() == [[1, 1, 1]] * 4


def test_there_is_a_ratio_to_every_other_arm_but_none_to_what_found_nothing(backtest: Callable[..., Backtest]) -> None:
    _, ratios = tables(backtest(recsys=[[1], [2], [3]], half=[[1], [2], [0]], none=[[0], [0], [0]]))
    whole = ratios[ratios["segment"] == "all"].set_index("against")["value"]
    assert whole["half"] == 1.5
    assert np.isnan(whole["none"])


def test_seeds_are_pooled_by_the_mean_of_each_user(backtest: Callable[..., Backtest]) -> None:
    seeds = [
        backtest(recsys=[[1], [2], [3]], other=[[1], [2], [3]]),
        backtest(recsys=[[0], [0], [3]], other=[[1], [2], [3]]),
    ]
    metrics, ratios = measure.pooled(seeds, DIRECTIONS, resamples=100, seed=0)
    by_segment = metrics[metrics["segment"] == "all"].set_index(["arm", "metric"])
    assert by_segment.loc[("recsys", "mrr"), "value"] == pytest.approx((0.5 + 0.5 + 1) / 3)
    assert by_segment.loc[("recsys", "coverage"), "value"] == pytest.approx((3 / 4 + 2 / 4) / 2)
    assert by_segment.loc[("recsys", "mrr"), "users"] == 3
    assert ratios[ratios["segment"] == "all"]["value"].tolist() == pytest.approx([2 / 3])


def test_ours_is_compared_with_the_best_single_retriever_of_a_segment(backtest: Callable[..., Backtest]) -> None:
    here = backtest(recsys=[[1], [2], [3]], one=[[1], [2], [0]], two=[[0], [0], [3]])
    _, ratios = tables(replace(here, singles=("one", "two")))
    best = ratios[ratios["against"].str.startswith(columns.SINGLE)]
    assert best[["segment", "against", "value"]].to_numpy().tolist() == [
        ["all", "best single signal (one)", 1.5],
        ["0", "best single signal (one)", 1],
        ["1-3", "best single signal (one)", 1],
        ["4-10", "best single signal (two)", 1],
    ]


def test_every_arm_is_compared_with_itself_before_the_noise(backtest: Callable[..., Backtest]) -> None:
    here = backtest(recsys=[[1], [2], [0]], other=[[1], [0], [0]])
    metrics, ratios = tables(replace(here, clean=backtest(recsys=[[1], [2], [3]], other=[[1], [0], [0]]).lists))
    whole = ratios[ratios["segment"] == "all"].set_index(["arm", "against"])["value"]
    assert whole["recsys", "recsys without noise"] == pytest.approx(2 / 3)
    assert whole["other", "other without noise"] == 1
    assert set(metrics["arm"]) == {"recsys", "other"}


def test_groups_take_the_place_of_segments_of_evidence(backtest: Callable[..., Backtest]) -> None:
    here = replace(backtest(recsys=[[1], [0], [0]]), groups={"turned": np.array([0, 1], np.int32)})
    by_segment = tables(here)[0].set_index(["segment", "metric"])
    assert list(dict.fromkeys(by_segment.index.get_level_values("segment"))) == ["all", "turned"]
    assert by_segment.loc[("turned", "mrr"), "value"] == 0.5
    assert by_segment.loc[("turned", "mrr"), "users"] == 2
