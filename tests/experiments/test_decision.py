"""Canaries through the code that decides: the bad are withdrawn, the good promoted, by the steps given."""

from collections.abc import Sequence

import numpy as np
import pytest

from recsys.experiments.balance import mismatch
from recsys.experiments.decision import Look, Verdict, decide, look
from recsys.experiments.difference import Outcomes
from tests.experiments.simulated import Crowd

STEPS = (1.0, 5.0, 20.0, 50.0)
RUNS, DAYS, SMALLEST = 100, 60, 0.1
CROWD = Crowd(8000, 30.0, rate=0.1, shown_daily=2.0)


def canary(rng: np.random.Generator, effect: float, lost: float = 0.0) -> tuple[str, float]:
    """What became of an arm that is so much better, and the share that it had then.

    `lost` is the share of the arm's users whose impressions never arrive.
    """
    place = rng.random(CROWD.users)
    rates = rng.beta(CROWD.rate * CROWD.concentration, (1 - CROWD.rate) * CROWD.concentration, CROWD.users)
    activity = rng.gamma(0.7, CROWD.shown_daily / 0.7, CROWD.users) * 1.0
    missing = rng.random(CROWD.users) < lost
    share = STEPS[0]
    seen = [np.zeros((3, CROWD.users))]
    for _ in range(DAYS):
        treated = place < share / 100
        shown = rng.poisson(np.where(treated & missing, 0, activity))
        clicks = rng.binomial(shown, np.minimum(np.where(treated, (1 + effect) * rates, rates), 1))
        seen[-1] = np.stack([seen[-1][0] + clicks, seen[-1][1] + shown, treated])
        verdict = judged(seen, [*STEPS[: len(seen)]])
        if verdict.action in ("withdraw", "promote"):
            return verdict.action, share
        if verdict.action == "grow":
            share = STEPS[len(seen)]
            seen.append(np.zeros((3, CROWD.users)))
        if "mismatch" in verdict.why:
            return "mismatch", share
    return "wait", share


def judged(seen: Sequence[np.ndarray], shares: Sequence[float]) -> Verdict:
    """The verdict on all steps so far, each given as (clicks, impressions, treated) by user."""
    total, shown, treated = (np.stack([step[row] for step in seen]) for row in range(3))
    outcomes = Outcomes(total, shown, treated.astype(bool))
    values = [
        mismatch(
            {"arm": int((there[inside]).sum()), "champion": int(there[~inside].sum())},
            {"arm": share, "champion": 100 - share},
        )
        for there, inside, share in zip(shown > 0, outcomes.treated, shares, strict=True)
    ]
    return decide(look(outcomes, SMALLEST), [value for value in values if value is not None], shares[-1], STEPS, 50)


def test_a_canary_a_fifth_worse_is_withdrawn_and_one_a_fifth_better_is_promoted() -> None:
    rng = np.random.default_rng(2)
    worse = [canary(rng, -0.2) for _ in range(RUNS)]
    better = [canary(rng, +0.2) for _ in range(RUNS)]
    assert sum(action == "withdraw" for action, _ in worse) >= 0.95 * len(worse)
    assert sum(action == "promote" for action, _ in better) >= 0.95 * len(better)
    assert {share for action, share in better if action == "promote"} == {STEPS[-1]}


def test_a_canary_that_is_the_champion_itself_is_seldom_decided() -> None:
    rng = np.random.default_rng(4)
    same = [canary(rng, 0.0) for _ in range(10)]
    assert sum(action in ("withdraw", "promote") for action, _ in same) <= 1
    assert {share for action, share in same if action == "wait"} == {STEPS[-1]}


def test_a_canary_that_loses_users_is_decided_by_nobody_but_people() -> None:
    rng = np.random.default_rng(4)
    assert {canary(rng, +0.2, lost=0.3)[0] for _ in range(10)} == {"mismatch"}


def seen(low: float, high: float, users: int = 500) -> Look:
    return Look(users, (low + high) / 2, low, high, 0.1)


@pytest.mark.parametrize(
    ("found", "share", "action"),
    [
        (seen(-0.01, 0.03), 1, "grow"),
        (seen(0.01, 0.03), 1, "grow"),
        (seen(-0.03, -0.01), 1, "withdraw"),
        (seen(-0.01, 0.03, users=99), 1, "wait"),
        (seen(-0.03, -0.01, users=99), 1, "withdraw"),
        (seen(-0.01, 0.03), 50, "wait"),
        (seen(0.01, 0.03), 50, "promote"),
        (seen(-0.03, -0.01), 50, "withdraw"),
        (Look(5, None, None, None, None), 1, "wait"),
    ],
)
def test_every_look_has_one_verdict(found: Look, share: float, action: str) -> None:
    assert decide(found, [0.5], share, STEPS).action == action


def test_the_reason_names_the_interval_and_where_to() -> None:
    assert decide(seen(-0.01, 0.03), [], 5, STEPS).why == (
        "not surely worse (-10.0% to +30.0%) after 500 users: from 5% to 20%"
    )
    assert "p 1e-05" in decide(seen(-0.03, -0.01), [0.5, 0.00001], 5, STEPS).why


def test_without_steps_nothing_is_decided() -> None:
    assert decide(seen(0.01, 0.03), [], 50, ()).action == "wait"


def test_of_two_arms_each_interval_is_wider() -> None:
    rng = np.random.default_rng(0)
    outcomes = Outcomes(
        rng.binomial(5, 0.2, (1, 400)).astype(float), np.full((1, 400), 5.0), rng.random((1, 400)) < 0.5
    )
    single, double = look(outcomes, 0.1), look(outcomes, 0.1, arms=2)
    assert single.low is not None
    assert double.low is not None
    assert double.low < single.low


def test_the_smallest_effect_is_a_share_of_what_was_measured_before() -> None:
    rng = np.random.default_rng(0)
    outcomes = Outcomes(
        rng.binomial(5, 0.2, (1, 400)).astype(float), np.full((1, 400), 5.0), rng.random((1, 400)) < 0.5
    )
    champion = look(outcomes, 0.1).champion
    assert look(outcomes, 0.1, baseline=champion) == look(outcomes, 0.1)
    assert look(outcomes, 0.1, baseline=0.4) != look(outcomes, 0.1)
