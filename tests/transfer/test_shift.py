import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.transfer.shift import shift, shrinkage

SHARES = st.lists(st.floats(0.01, 1), min_size=3, max_size=3).map(lambda parts: np.array(parts) / sum(parts))
ALPHAS = st.floats(0, 1)


@pytest.mark.parametrize(
    ("evidence", "kappa", "alpha"), [(0, 0, 1), (0, 8, 1), (8, 0, 0), (8, 8, 0.5), (24, 8, 0.25), (1, 128, 128 / 129)]
)
def test_shrinkage_by_hand(evidence: float, kappa: float, alpha: float) -> None:
    assert shrinkage(np.array([evidence]), kappa).tolist() == pytest.approx([alpha])


@given(st.lists(st.floats(0, 1e6), min_size=2), st.floats(0, 128))
def test_alpha_lies_between_0_and_1_and_never_rises_with_evidence(evidence: list[float], kappa: float) -> None:
    alpha = shrinkage(np.sort(evidence), kappa)
    assert ((alpha >= 0) & (alpha <= 1)).all()
    assert (np.diff(alpha) <= 0).all()


@given(SHARES, SHARES, ALPHAS)
def test_a_shifted_distribution_is_one_and_lies_between_the_two(
    observed: np.ndarray, source: np.ndarray, alpha: float
) -> None:
    moved = shift(observed, source, alpha)
    assert moved.sum() == pytest.approx(1)
    assert (moved >= np.minimum(observed, source) - 1e-12).all()
    assert (moved <= np.maximum(observed, source) + 1e-12).all()


@given(SHARES, SHARES, ALPHAS)
def test_what_is_left_to_the_source_is_one_minus_alpha_of_the_way(
    observed: np.ndarray, source: np.ndarray, alpha: float
) -> None:
    left = np.abs(source - shift(observed, source, alpha)).sum()
    assert left == pytest.approx((1 - alpha) * np.abs(source - observed).sum())


def test_alpha_0_keeps_and_alpha_1_takes_the_source() -> None:
    observed, source = np.array([[0.2, 0.8], [0.0, 0.0]]), np.array([[0.5, 0.5], [0.3, 0.7]])
    assert shift(observed, source, np.array([[0.0], [1.0]])).tolist() == [[0.2, 0.8], [0.3, 0.7]]
