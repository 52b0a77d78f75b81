"""The example by which the method was first written down, with what is wrong in it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

from recsys.transfer.shift import shift

P_HAT = np.array([0.15, 0.35, 0.5])
SOURCE = np.array([0.1, 0.4, 0.5])
PARTS = st.lists(st.floats(0.01, 1), min_size=3, max_size=3).map(lambda parts: np.array(parts) / sum(parts))


def test_the_target_moves_a_tenth_of_the_way_to_the_source() -> None:
    moved = shift(P_HAT, SOURCE, 0.1)
    assert moved == pytest.approx([0.145, 0.355, 0.5])
    assert moved.sum() == pytest.approx(1)


def test_a_softmax_does_not_return_the_distribution_it_is_given() -> None:
    given_as_result = np.array([0.2, 0.3, 0.5])
    assert softmax(given_as_result) == pytest.approx([0.2894, 0.3199, 0.3907], abs=1e-4)


def test_the_printed_mean_is_no_distribution() -> None:
    assert sum([0.175, 0.325, 0.525]) == pytest.approx(1.025)


@given(PARTS, PARTS, st.floats(0, 1))
def test_the_three_written_formulas_are_the_shift_with_other_arguments(
    target: np.ndarray, source: np.ndarray, alpha: float
) -> None:
    assert source + alpha * (source - target) == pytest.approx(shift(target, source, 1 + alpha))
    assert target + (target - source) == pytest.approx(shift(target, source, -1))
    assert source + alpha * (target - source) == pytest.approx(shift(target, source, 1 - alpha))


def test_the_first_overshoots_the_source_and_leaves_the_simplex() -> None:
    assert shift(np.array([0.9, 0.1]), np.array([0.1, 0.9]), 1.5) == pytest.approx([-0.3, 1.3])


def test_the_second_moves_away_from_the_source() -> None:
    away = shift(P_HAT, SOURCE, -1)
    assert np.abs(SOURCE - away).sum() == pytest.approx(2 * np.abs(SOURCE - P_HAT).sum())
