import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.events.interactions import Floats
from recsys.interests import prototypes
from recsys.interests.prototypes import Prototypes
from recsys.settings import InterestSettings

CORNERS = np.eye(4, 8, dtype=np.float32)


def clouds(sizes: tuple[int, ...], seed: int = 0) -> Floats:
    """So many items around each of the corners."""
    noise = np.random.default_rng(seed).normal(0, 0.02, (sum(sizes), 8))
    return np.asarray(np.repeat(CORNERS[: len(sizes)], sizes, axis=0) + noise, np.float32)


def test_membership_is_the_softmax_of_cosines() -> None:
    plane = Prototypes(np.zeros(2, np.float32), np.eye(2, dtype=np.float32), temperature=1.0)
    assert plane.membership(np.array([[3.0, 4.0]], np.float32)).tolist() == [
        pytest.approx([0.450166, 0.549834], abs=1e-5)  # softmax([.6, .8])
    ]


def test_an_item_without_a_feature_belongs_to_every_interest_alike() -> None:
    found = prototypes.fit(clouds((40, 40, 40)), InterestSettings(count=3), seed=7)
    blank = found.membership(np.zeros((1, 8), np.float32))
    assert blank.tolist() == [pytest.approx([1 / 3] * 3)]


def test_centred_features_are_directions_from_the_centre() -> None:
    away = prototypes.centred(np.array([[2, 1], [1, 3], [1, 1], [0, 0]], np.float32), np.ones(2, np.float32))
    assert away.tolist() == [[1, 0], [0, 1], [0, 0], [0, 0]]


def test_planted_interests_are_found_largest_first() -> None:
    sizes = (30, 90, 60)
    found = prototypes.fit(clouds(sizes), InterestSettings(count=3), seed=7)
    home = found.membership(clouds(sizes)).argmax(axis=1)
    assert home.tolist() == [2] * 30 + [0] * 90 + [1] * 60


def test_a_rerun_finds_the_same_interests() -> None:
    first, second = (prototypes.fit(clouds((40, 40, 40)), InterestSettings(count=3), seed=7) for _ in range(2))
    assert np.array_equal(first.directions, second.directions)
    assert np.array_equal(first.centre, second.centre)


@pytest.mark.parametrize(("items", "interests"), [(0, 1), (1, 1), (39, 1), (40, 2), (100, 5), (1000, 8)])
def test_a_small_catalogue_has_fewer_interests(items: int, interests: int) -> None:
    vectors = np.random.default_rng(0).normal(size=(items, 8)).astype(np.float32)
    assert prototypes.fit(vectors, InterestSettings(count=8), seed=7).count == interests


@pytest.mark.parametrize("row", [[0.0, 0.0], [3.0, 4.0]], ids=["no features", "all the same"])
def test_a_catalogue_that_tells_nothing_has_one_interest(row: list[float]) -> None:
    vectors = np.array([row] * 100, np.float32)
    found = prototypes.fit(vectors, InterestSettings(), seed=7)
    assert found.membership(vectors).tolist() == [[1.0]] * 100


@given(st.integers(0, 1000), st.floats(0.01, 10))
def test_memberships_sum_to_1_and_an_item_has_the_same_alone(seed: int, temperature: float) -> None:
    vectors = clouds((20, 20), seed)
    found = Prototypes(vectors.mean(axis=0), CORNERS, temperature)
    together = found.membership(vectors)
    assert together.sum(axis=1) == pytest.approx(np.ones(40), abs=1e-5)
    assert np.vstack([found.membership(row[None]) for row in vectors]) == pytest.approx(together, abs=1e-5)
