import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.evaluation import bootstrap

PAIRS = np.array([[0, 0], [0, 1], [1, 1]])
"""Three resamples of two users."""


def test_an_interval_by_hand() -> None:
    # The means are 0, 0.5 and 1; a fortieth of the way in from either end, two steps long, is 0.025.
    assert bootstrap.interval(np.array([0.0, 1.0]), PAIRS) == pytest.approx((0.5, 0.025, 0.975))


def test_a_ratio_by_hand() -> None:
    # Resampled: 2 / 1, 3 / 1.5 and 4 / 2 are all 2, though the users differ.
    assert bootstrap.ratio(np.array([2.0, 4.0]), np.array([1.0, 2.0]), PAIRS) == (2, 2, 2)
    # Resampled: 1 / 1, 2 / 1 and 3 / 1.
    assert bootstrap.ratio(np.array([1.0, 3.0]), np.ones(2), PAIRS) == pytest.approx((2, 1.05, 2.95))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20).filter(any))
def test_an_arm_against_itself_is_exactly_one(values: list[float]) -> None:
    arm = np.array(values)
    assert bootstrap.ratio(arm, arm, bootstrap.draws(len(arm), 100, seed=0)) == pytest.approx((1, 1, 1), abs=0)


def test_pairing_leaves_less_doubt_than_two_samples() -> None:
    rng = np.random.default_rng(0)
    theirs = rng.random(200)
    ours, drawn = theirs + 0.1 + rng.normal(0, 0.01, 200), bootstrap.draws(200, 500, seed=0)
    _, low, high = bootstrap.ratio(ours, theirs, drawn)
    apart = ours[drawn].mean(axis=1) / theirs[bootstrap.draws(200, 500, seed=1)].mean(axis=1)
    assert high - low < 0.5 * np.subtract(*np.quantile(apart, [0.975, 0.025]))


def test_there_is_no_ratio_to_an_arm_that_found_nothing() -> None:
    assert np.isnan(bootstrap.ratio(np.ones(2), np.zeros(2), PAIRS)).all()


def test_resamples_in_which_the_other_arm_found_nothing_are_left_out() -> None:
    # Of 1 / 0, 1 / 0.5 and 1 / 1, the last two are left; their upper bound, 1.975, lies below the value itself.
    assert bootstrap.ratio(np.ones(2), np.array([0.0, 1.0]), PAIRS) == pytest.approx((2, 1.025, 2))


def test_a_recentred_interval_keeps_its_width_around_the_value() -> None:
    # 0.1 and 0.3 reach from 0.105 to 0.295, which is 0.095 to either side of their mean.
    assert bootstrap.recentred(0.5, [0.1, 0.3]) == pytest.approx((0.5, 0.405, 0.595))


def test_a_share_has_no_bound_beyond_0_and_1() -> None:
    assert bootstrap.recentred(0.99, [0.1, 0.3]) == pytest.approx((0.99, 0.895, 1.0))
    assert bootstrap.recentred(0.01, [0.1, 0.3]) == pytest.approx((0.01, 0.0, 0.105))


def test_an_interval_holds_its_value() -> None:
    """Resamples in which the one user who found something is never drawn."""
    assert bootstrap.interval(np.array([0.0, 1.0]), np.array([[0, 0]])) == (0.5, 0.0, 0.5)


def test_draws_are_users_with_replacement_and_the_same_for_the_same_seed() -> None:
    drawn = bootstrap.draws(5, 100, seed=3)
    assert drawn.shape == (100, 5)
    assert set(np.unique(drawn)) == set(range(5))
    assert max(len(np.unique(row)) for row in drawn[:20]) <= 5
    assert np.array_equal(drawn, bootstrap.draws(5, 100, seed=3))
    assert not np.array_equal(drawn, bootstrap.draws(5, 100, seed=4))


def test_about_95_of_100_intervals_hold_the_truth() -> None:
    rng, drawn = np.random.default_rng(0), bootstrap.draws(100, 200, seed=0)
    intervals = [bootstrap.interval(rng.exponential(1.0, 100), drawn) for _ in range(300)]
    held = np.mean([low <= 1.0 <= high for _, low, high in intervals])
    assert 0.9 <= held <= 0.98
