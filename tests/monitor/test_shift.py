"""Distances by hand, and what is left of them once chance is taken off."""

import math

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recsys.monitor.shift import Distance, beyond_chance, jensen_shannon, merged, psi
from recsys.monitor.windows import Counted

AMOUNTS = arrays(float, 5, elements=st.floats(0, 1000, allow_subnormal=False)).filter(lambda row: row.sum() > 1)
BOTH = pytest.mark.parametrize("distance", [psi, jensen_shannon])


def numbers(*values: float) -> np.ndarray:
    return np.array(values, float)


def counted(newest: list[list[float]], reference: list[list[float]]) -> Counted:
    """Rows are user-days, columns what was done."""
    rows = np.array([*newest, *reference], float)
    which = np.arange(len(rows)) < len(newest)
    return Counted(sp.csr_matrix(rows), which, sp.identity(rows.shape[1], format="csr"))


def test_psi_is_what_a_hand_computes() -> None:
    p, q = 30.5 / 101, 50.5 / 101
    by_hand = (p - q) * math.log(p / q) + (1 - p - (1 - q)) * math.log((1 - p) / (1 - q))
    assert psi(numbers(30, 70), numbers(50, 50)) == pytest.approx(by_hand) == pytest.approx(0.16592, abs=1e-5)


def test_psi_of_a_kind_that_came_or_went_is_large_but_finite() -> None:
    assert 5 < psi(numbers(100, 0), numbers(0, 100)) < 20


def test_psi_takes_no_note_of_a_kind_that_nobody_did() -> None:
    assert psi(numbers(30, 70, 0), numbers(50, 50, 0)) == psi(numbers(30, 70), numbers(50, 50))


def test_jensen_shannon_is_what_a_hand_computes() -> None:
    # p = (1, 0), q = (1/2, 1/2), m = (3/4, 1/4): (log2(4/3) + 1/2 log2(2/3) + 1/2 log2(2)) / 2 = 0.31128
    assert jensen_shannon(numbers(8, 0), numbers(3, 3)) == pytest.approx(math.sqrt(0.311278), abs=1e-6)


@given(one=AMOUNTS, factor=st.integers(1, 3))
def test_equal_shares_are_no_distance_apart(one: np.ndarray, factor: int) -> None:
    assert psi(one, one) == pytest.approx(0, abs=1e-9)
    assert jensen_shannon(one, one * factor) == pytest.approx(0, abs=1e-6)


@BOTH
@given(one=AMOUNTS, other=AMOUNTS)
def test_the_distance_is_the_same_both_ways_and_not_below_0(
    distance: Distance, one: np.ndarray, other: np.ndarray
) -> None:
    assert distance(one, other) == pytest.approx(distance(other, one), abs=1e-9)
    assert distance(one, other) >= 0


@given(one=AMOUNTS, other=AMOUNTS)
def test_jensen_shannon_is_at_most_1(one: np.ndarray, other: np.ndarray) -> None:
    assert jensen_shannon(one, other) <= 1


LESS_CHANCE = pytest.mark.parametrize(("distance", "most"), [(psi, math.inf), (jensen_shannon, 1.0)])


@LESS_CHANCE
def test_what_only_chance_moves_is_mostly_0(distance: Distance, most: float) -> None:
    rng = np.random.default_rng(1)
    found = []
    for _ in range(200):
        days = rng.multinomial(4, [0.5, 0.3, 0.2], size=60).astype(float).tolist()
        found.append(beyond_chance(counted(days[:12], days[12:]), distance, most, rng))
    assert np.mean([value == 0.0 for value in found if value is not None]) > 0.92


@LESS_CHANCE
def test_a_turn_of_everybody_is_found_in_few_user_days(distance: Distance, most: float) -> None:
    rng = np.random.default_rng(1)
    found = beyond_chance(counted([[1, 9]] * 10, [[9, 1]] * 30), distance, most, rng)
    assert found is not None
    assert found > 0.5


def test_events_of_one_sitting_are_no_evidence_of_a_turn() -> None:
    """A thousand events that one user made on one day: any user-day may be the odd one out."""
    binge = counted([[0, 1000], [1, 0]], [[1, 0]] * 10)
    assert jensen_shannon(numbers(1, 1000), numbers(10, 0)) > 0.9
    assert beyond_chance(binge, jensen_shannon, 1.0, np.random.default_rng(1)) == 0.0


def test_windows_with_nothing_in_common_are_still_1_apart() -> None:
    found = beyond_chance(counted([[0, 1]] * 20, [[1, 0]] * 20), jensen_shannon, 1.0, np.random.default_rng(1))
    assert found == pytest.approx(1.0)


def test_an_empty_window_says_nothing() -> None:
    for empty in (counted([], [[1, 2]]), counted([[1, 2]], []), counted([[0, 0]], [[1, 2]])):
        assert beyond_chance(empty, psi, math.inf, np.random.default_rng(1)) is None


def test_rare_kinds_are_counted_as_one() -> None:
    found = merged(counted([[995, 2, 0, 3]], [[990, 0, 10, 0]]))
    assert found.amounts(found.newest).tolist() == [995, 5]
    assert found.amounts(~found.newest).tolist() == [990, 10]
