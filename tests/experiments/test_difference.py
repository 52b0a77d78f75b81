"""The difference of two ratios, its variance over users, and its steps."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.experiments.difference import Outcomes, difference
from tests.experiments.simulated import Crowd, cumulated

Rows = Sequence[Sequence[float]]


def outcomes(total: Rows, shown: Rows, treated: Rows) -> Outcomes:
    return Outcomes(np.array(total, float), np.array(shown, float), np.array(treated, bool))


def test_a_difference_is_that_of_the_ratios_of_sums() -> None:
    found = difference(outcomes([[1, 3, 0, 1]], [[10, 10, 5, 5]], [[1, 1, 0, 0]]))
    assert float(found.value) == pytest.approx(4 / 20 - 1 / 10)
    assert float(found.champion) == pytest.approx(1 / 10)


def test_the_standard_error_is_that_of_the_same_experiment_made_again_and_again() -> None:
    rng = np.random.default_rng(7)
    treated = np.arange(400) % 4 == 0
    (again,) = cumulated(Crowd(400, 2.0, shown_daily=20), rng, np.broadcast_to(treated, (3000, 400)), 1)
    found = difference(again)
    assert found.value.mean() == pytest.approx(0, abs=4 * found.value.std() / np.sqrt(3000))
    assert 0.97 <= found.error.mean() / found.value.std() <= 1.12, "at least that of both arms together: a little more"


def test_impressions_of_one_user_are_no_independent_evidence() -> None:
    rng = np.random.default_rng(7)
    treated = np.arange(2000) % 2 == 0
    (found,) = [difference(day) for day in cumulated(Crowd(2000, 1.0, shown_daily=50), rng, treated, 1)]
    impressions = 50 * 1000
    naive = np.sqrt(2 * 0.05 * 0.95 / impressions)
    assert found.error > 3 * naive


def test_a_changed_split_between_days_of_other_rates_is_no_simpsons_paradox() -> None:
    """Both days the arm is no better; of the good day it has most, of the bad day few."""
    rng = np.random.default_rng(3)
    treated = np.stack([rng.random(40_000) < 0.05, rng.random(40_000) < 0.9])
    rates = np.array([0.02, 0.20])
    shown = np.full(treated.shape, 5.0)
    total = rng.binomial(5, rates[:, None], treated.shape).astype(float)
    found = difference(Outcomes(total, shown, treated))
    pooled = total[treated].sum() / shown[treated].sum() - total[~treated].sum() / shown[~treated].sum()
    assert pooled > 0.05
    assert abs(found.value) < 3 * found.error < 0.01


def test_users_who_are_in_two_steps_do_not_count_as_two() -> None:
    rng = np.random.default_rng(5)
    rates = rng.beta(0.05, 0.95, 4000)
    treated = np.arange(4000) % 2 == 0
    shown = np.full((2, 4000), 200.0)
    total = rng.binomial(200, rates, (2, 4000)).astype(float)
    twice = difference(Outcomes(total, shown, np.stack([treated, treated])))
    single = difference(Outcomes(total[:1], shown[:1], treated[None]))
    assert float(twice.error) == pytest.approx(float(single.error), rel=0.02)


@pytest.mark.parametrize("effect", [0.0, 0.3])
def test_steps_with_growth_have_the_error_of_the_experiment_made_again(effect: float) -> None:
    """Users who were the champion's become the arm's when it grows: their steps depend, with the other sign."""
    rng = np.random.default_rng(11)
    runs, users = 1500, 300
    place = np.arange(users) / users
    treated = np.broadcast_to(np.stack([place < 0.2, place < 0.5]), (runs, 2, users))
    crowd = Crowd(users, 3.0, shown_daily=10)
    rates = rng.beta(crowd.rate * 3, (1 - crowd.rate) * 3, (runs, 1, users))
    shown = rng.poisson(rng.gamma(2, 5, (runs, 1, users)), treated.shape)
    total = rng.binomial(shown, np.minimum(np.where(treated, (1 + effect) * rates, rates), 1))
    found = difference(Outcomes(total.astype(float), shown.astype(float), treated))
    assert found.value.mean() == pytest.approx(effect * 0.05, abs=0.003)
    assert found.error.mean() == pytest.approx(found.value.std(), rel=0.1)


def test_an_arm_that_happens_to_have_no_click_is_not_sure_of_it() -> None:
    total = [[0.0] * 50 + [1.0] * 5 + [0.0] * 45]
    found = difference(outcomes(total, [[1.0] * 100], [[1] * 50 + [0] * 50]))
    assert float(found.error) > 0.04
    assert float(found.active) == pytest.approx(2.5)


def test_with_nobody_in_the_arm_there_is_nothing_to_compare() -> None:
    found = difference(outcomes([[1, 0]], [[5, 5]], [[0, 0]]))
    assert np.isnan(found.value)


def test_a_step_without_anybody_in_the_arm_changes_nothing() -> None:
    total, shown, treated = [[1, 3, 0, 1, 2, 0]], [[10, 10, 5, 5, 9, 5]], [[1, 1, 0, 0, 1, 0]]
    alone = difference(outcomes(total, shown, treated))
    more = difference(outcomes([*total, [1, 0, 1, 0, 0, 0]], [*shown, [5] * 6], [*treated, [0] * 6]))
    assert float(more.value) == pytest.approx(float(alone.value))
    assert float(more.error) == pytest.approx(float(alone.error))


@given(st.permutations(range(8)))
def test_the_order_of_users_does_not_matter(order: list[int]) -> None:
    total, shown = np.arange(8.0)[None] % 3, np.arange(8.0)[None] + 3
    treated = (np.arange(8) % 2 == 0)[None]
    found = difference(Outcomes(total, shown, treated))
    turned = difference(Outcomes(total[:, order], shown[:, order], treated[:, order]))
    assert float(turned.value) == pytest.approx(float(found.value))
    assert float(turned.error) == pytest.approx(float(found.error))


def test_two_arms_that_change_places_change_the_sign_alone() -> None:
    rng = np.random.default_rng(1)
    (day,) = cumulated(Crowd(100, 5.0), rng, rng.random(100) < 0.3, 1)
    one_way, other_way = difference(day), difference(Outcomes(day.total, day.shown, ~day.treated))
    assert float(other_way.value) == pytest.approx(-float(one_way.value))
    assert float(other_way.error) == pytest.approx(float(one_way.error))
