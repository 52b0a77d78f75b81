"""Backtests of a shop whose every event is known: what they hide stays hidden, and the planted truth comes out."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from recsys.evaluation import backtest, measure
from recsys.evaluation.backtest import Backtest
from recsys.evaluation.protocols import cut as cuts
from recsys.evaluation.protocols.cut import Cut
from recsys.events.interactions import Floats, Interactions, Ints, Mask
from recsys.events.split import Requests

Backtests = dict[str, Backtest]
Run = Callable[..., Backtests]

ARMS = [
    "recsys",
    "recsys without transfer",
    "popularity",
    "recent popularity",
    "transitions",
    "ease",
    "source document",
]
PROTOCOLS = ["warm", "cold-0", "cold-3"]
ONLY_WARM, ONLY_COLD = "evaluation.cold_share=0", "evaluation.leave_last=100"


def altered(known: Interactions, where: Mask) -> Interactions:
    """Some events moved to the other half of the items, and made to weigh twice as much."""
    item = np.where(where, (known.item + 1) % known.n_items, known.item).astype(np.int32)
    return replace(known, item=item, weight=np.where(where, 2, known.weight).astype(np.float32))


def new_users(found: Backtest, known: Interactions) -> Mask:
    """Events of the users who were held out whole."""
    return np.isin(known.user, found.split.requests.user)


def same(backtest: Backtest, other: Backtest) -> list[str]:
    """Arms with the same lists in both."""
    return [arm for arm in backtest.lists if np.array_equal(backtest.lists[arm], other.lists[arm])]


def test_there_is_one_warm_protocol_and_one_for_each_number_of_revealed_events(found: Backtests) -> None:
    assert list(found) == PROTOCOLS


def test_where_items_may_be_chosen_again_ones_own_are_an_arm_too(checkerboard: Interactions, run: Run) -> None:
    found = run(replace(checkerboard, repeatable=np.ones(len(checkerboard.user), bool)), ONLY_WARM)
    assert list(found["warm"].lists) == [*ARMS[:5], "own items", *ARMS[5:]]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_all_arms_answer_the_same_requests(found: Backtests, protocol: str) -> None:
    here = found[protocol]
    assert {arm: lists.shape for arm, lists in here.lists.items()} == {
        arm: (len(here.split.requests), 10) for arm in ARMS
    }


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("arm", ARMS)
def test_no_arm_shows_what_was_seen_or_cannot_be_had_or_anything_twice(
    found: Backtests, available: Mask, protocol: str, arm: str
) -> None:
    requests = found[protocol].split.requests
    for row, shown in enumerate(found[protocol].lists[arm].tolist()):
        items = [item for item in shown if item >= 0]
        seen = requests.history.item[requests.history.user == row].tolist()
        assert shown == items + [-1] * (len(shown) - len(items))
        assert len(items) == len(set(items)) == 10
        assert not set(items) & set(seen)
        assert available[items].all()


def test_warm_hides_the_last_events_of_everybody(found: Backtests, checkerboard: Interactions) -> None:
    warm = found["warm"]
    asked = [set(warm.split.targets[[row]].indices) for row in range(60)]
    assert asked == [set(checkerboard.item[14 * user + 11 : 14 * user + 14]) for user in range(60)]
    assert np.bincount(warm.known.user).tolist() == [11] * 60


def test_cold_reveals_the_first_events_of_some_and_wants_the_next(found: Backtests, checkerboard: Interactions) -> None:
    for count in (0, 3):
        split = found[f"cold-{count}"].split
        for row, user in enumerate(split.requests.user):
            own = checkerboard.item[checkerboard.user == user].tolist()
            assert split.requests.history.item[split.requests.history.user == row].tolist() == own[:count]
            assert set(split.targets[[row]].indices) == set(own[count : count + 5])


def test_no_event_of_a_newcomer_is_known(found: Backtests, checkerboard: Interactions) -> None:
    for protocol in ("cold-0", "cold-3"):
        here = found[protocol]
        assert 5 <= len(here.split.requests) <= 20  # about a fifth of 60
        assert not new_users(here, here.known).any()
        assert len(here.known.user) == 14 * (60 - len(here.split.requests))


def test_what_warm_hides_changes_no_list(run: Run, found: Backtests, checkerboard: Interactions) -> None:
    other = run(altered(checkerboard, checkerboard.order_from_end < 3), ONLY_WARM)["warm"]
    assert (other.split.targets != found["warm"].split.targets).nnz
    assert same(other, found["warm"]) == ARMS


def test_what_cold_hides_changes_no_list(run: Run, found: Backtests, checkerboard: Interactions) -> None:
    hidden = new_users(found["cold-3"], checkerboard) & (checkerboard.order_from_start >= 3)
    other = run(altered(checkerboard, hidden))["cold-3"]
    assert (other.split.targets != found["cold-3"].split.targets).nnz
    assert same(other, found["cold-3"]) == ARMS


def test_nothing_a_newcomer_did_changes_the_lists_of_a_newcomer_without_events(
    run: Run, found: Backtests, checkerboard: Interactions
) -> None:
    other = run(altered(checkerboard, new_users(found["cold-0"], checkerboard)))["cold-0"]
    assert same(other, found["cold-0"]) == ARMS


def test_what_is_known_does_change_the_lists(run: Run, found: Backtests, checkerboard: Interactions) -> None:
    other = run(altered(checkerboard, checkerboard.order_from_end == 3), ONLY_WARM)["warm"]
    assert same(other, found["warm"]) == []


def test_a_rerun_gives_the_same_lists(run: Run, found: Backtests, checkerboard: Interactions) -> None:
    again = run(checkerboard)
    assert {protocol: same(again[protocol], found[protocol]) for protocol in again} == dict.fromkeys(PROTOCOLS, ARMS)


def test_a_large_set_is_judged_by_a_sample(
    run: Run, checkerboard: Interactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cuts, "MAX_REQUESTS", 10)
    warm = run(checkerboard, ONLY_WARM)["warm"]
    assert len(warm.split.requests) == 10
    assert len(warm.lists["recsys"]) == 10
    assert np.bincount(warm.known.user).tolist() == [11] * 60


def test_without_users_to_ask_there_is_no_protocol(run: Run, checkerboard: Interactions) -> None:
    assert run(checkerboard, ONLY_WARM, ONLY_COLD) == {}
    assert run(checkerboard.take(checkerboard.user < 0)) == {}


def test_new_users_to_a_shop_that_knows_nobody_are_answered_all_the_same(run: Run, checkerboard: Interactions) -> None:
    cold = run(checkerboard, ONLY_COLD, "evaluation.cold_share=1")
    assert {protocol: len(backtest.split.requests) for protocol, backtest in cold.items()} == {
        "cold-0": 60,
        "cold-3": 60,
    }
    assert all((lists >= 0).all() for backtest in cold.values() for lists in backtest.lists.values())


def test_ours_beats_popularity_where_tastes_differ(found: Backtests, vectors: Floats) -> None:
    _, ratios = measure.tables(found["warm"], vectors, resamples=200, seed=0)
    against = ratios[ratios["segment"] == "all"].set_index("against")
    assert against.loc["popularity", "low"] > 2
    assert against.loc["recent popularity", "low"] > 2


def test_ours_shows_everybody_their_own_half_before_the_other(found: Backtests) -> None:
    lists = found["warm"].lists["recsys"]
    own = lists[:, :8] % 2 == (np.arange(60) % 2)[:, None]  # 9 are left of each half, one of them not to be had
    assert own.mean() > 0.95


def test_ours_keeps_up_with_popularity_where_everybody_is_after_the_same(
    crowd: Interactions, run: Run, vectors: Floats
) -> None:
    _, ratios = measure.tables(run(crowd, ONLY_WARM)["warm"], vectors, resamples=200, seed=0)
    against = ratios[ratios["segment"] == "all"].set_index("against")
    assert against.loc["popularity", "value"] > 0.8
    assert against.loc["source document", "low"] > 1


class Counted:
    """Arms that answer with nothing, and count how often they are fitted and asked."""

    singles = ()
    leads = ("recsys",)

    def __init__(self) -> None:
        self.fitted: list[int] = []
        self.asked = 0

    def __call__(self, known: Interactions) -> Any:
        self.fitted.append(len(known.user))
        return self

    def within(self, pool: Mask | None) -> Any:
        return self

    def answer(self, requests: Requests, k: int) -> dict[str, Ints]:
        self.asked += 1
        return {"recsys": np.full((len(requests), k), -1, np.int32)}


def test_what_knows_the_same_is_fitted_once_and_the_same_question_is_answered_once(
    checkerboard: Interactions, cut: Callable[..., list[Cut]]
) -> None:
    arms = Counted()
    warm, noisy, *cold = cut(checkerboard, ["warm", "noise", "cold-users"])
    again = replace(warm, protocol="drift")
    found = list(backtest.run([warm, again, noisy, *cold], arms))
    assert [cut.protocol for cut in found] == ["warm", "drift", "noise", "cold-0", "cold-3"]
    assert arms.fitted == [len(cut.known.user) for cut in (warm, noisy, cold[0])]
    assert arms.asked == 4
    assert list(found[2].clean) == ["recsys"]
