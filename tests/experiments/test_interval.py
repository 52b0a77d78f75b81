"""Looked at every day, experiments without a difference find one in no more than a twentieth."""

import numpy as np
import pytest

from recsys.experiments.difference import difference
from recsys.experiments.interval import ALPHA, half_width
from tests.experiments.simulated import Crowd, cumulated

RUNS, DAYS, USERS = 1000, 30, 200


def found_and_held(crowd: Crowd, tau: float, effect: float = 0.0) -> tuple[float, float, float]:
    """Shares of the runs in which a look finds a difference from 0: by this interval, by one of a single look; and in
    which every look holds the true one."""
    rng = np.random.default_rng(42)
    always, naive, held = np.zeros(RUNS, bool), np.zeros(RUNS, bool), np.ones(RUNS, bool)
    for day in cumulated(crowd, rng, rng.random((RUNS, crowd.users)) < 0.5, DAYS, effect):
        seen = difference(day)
        width = half_width(seen.error, tau)
        enough = seen.active >= 5
        always |= enough & (abs(seen.value) > width)
        naive |= enough & (abs(seen.value) > 1.96 * seen.error)
        held &= ~enough | (abs(seen.value - effect * crowd.rate) <= width)
    return float(always.mean()), float(naive.mean()), float(held.mean())


@pytest.mark.parametrize("tau", [0.01, 0.05])
def test_of_a_thousand_aa_experiments_looked_at_for_thirty_days_a_twentieth_at_most_finds_a_difference(
    tau: float,
) -> None:
    always, naive, _ = found_and_held(Crowd(USERS, 200.0), tau)
    assert always <= ALPHA
    assert naive > 3 * ALPHA, "looks at every day are no single look, or this test could not fail"


@pytest.mark.parametrize("concentration", [20.0, 2.0])
def test_the_same_holds_for_users_so_different_that_days_repeat_each_other(concentration: float) -> None:
    always, _, _ = found_and_held(Crowd(USERS, concentration), 0.03)
    assert always <= ALPHA


def test_the_interval_holds_the_true_difference_at_every_look_of_nineteen_in_twenty_experiments() -> None:
    found, _, held = found_and_held(Crowd(USERS, 200.0), 0.02, effect=0.5)
    assert held >= 1 - ALPHA
    assert found > 0.5, "an interval that holds everything finds nothing"


def test_an_interval_of_a_normal_walk_errs_about_as_often_as_it_is_said_to() -> None:
    """Ten thousand looks at a sum of normal steps: the bound is nearly reached, so the interval is not too wide."""
    rng = np.random.default_rng(0)
    looks = np.arange(1, 10_001)
    crossed = 0
    for _ in range(1000):
        mean = np.cumsum(rng.standard_normal(10_000)) / looks
        crossed += bool((abs(mean) > half_width(1 / np.sqrt(looks), 0.5)).any())
    assert 0.02 <= crossed / 1000 <= 0.06


def test_more_evidence_makes_it_narrower_and_more_confidence_wider() -> None:
    widths = half_width(np.array([0.1, 0.01, 0.001]), 0.02)
    assert (np.diff(widths) < 0).all()
    assert half_width(0.01, 0.02, 0.01) > half_width(0.01, 0.02, 0.05) > 1.96 * 0.01


def test_it_is_narrowest_for_the_size_of_difference_that_is_looked_for() -> None:
    taus = np.array([0.001, 0.01, 0.03, 0.1, 1.0])
    widths = half_width(0.01, taus)
    assert taus[widths.argmin()] == 0.03
