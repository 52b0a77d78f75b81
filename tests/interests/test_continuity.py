import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.events.interactions import Floats
from recsys.interests import continuity
from recsys.interests.continuity import Continued, Named, places
from recsys.settings import InterestSettings

SETTINGS = InterestSettings(count=4)
TASTES = np.eye(4, 12, dtype=np.float32)
NAMES = ["horror", "comedy", "western", "music"]
SIZES = (90, 70, 50, 40)


def films(*sizes: int, seed: int = 0) -> Floats:
    """So many items around each taste."""
    noise = np.random.default_rng(seed).normal(0, 0.05, (sum(sizes), 12))
    return np.asarray(np.repeat(TASTES[: len(sizes)], sizes, axis=0) + noise, np.float32)


def find(vectors: Floats, before: Named | None = None, seed: int = 7) -> Continued:
    return continuity.find(vectors, SETTINGS, seed, before)


@pytest.fixture
def yesterday() -> Named:
    return find(films(*SIZES)).named(NAMES, "2024-01-01")


def taste_of(found: Continued) -> list[int]:
    """The taste behind each interest, by number."""
    return [int(row) for row in (found.found.directions @ TASTES.T).argmax(axis=1)]


def test_without_an_earlier_day_every_interest_is_new() -> None:
    found = find(films(*SIZES))
    assert (taste_of(found), found.kept.tolist(), found.kept_names) == ([0, 1, 2, 3], [False] * 4, {})


def test_the_same_catalogue_has_the_very_same_interests(yesterday: Named) -> None:
    today = find(films(*SIZES), yesterday, seed=8)
    assert np.array_equal(today.found.directions, yesterday.found.directions)
    assert today.named(NAMES, "2024-01-02").since == ("2024-01-01",) * 4


def test_one_more_item_changes_no_number_and_no_name(yesterday: Named) -> None:
    today = find(np.vstack([films(*SIZES), TASTES[:1]]), yesterday)
    assert taste_of(today) == [0, 1, 2, 3]
    assert today.kept_names == dict(enumerate(NAMES))


def test_interests_keep_number_and_name_when_a_tenth_of_the_catalogue_is_replaced(yesterday: Named) -> None:
    rng = np.random.default_rng(1)
    vectors, other = films(*SIZES), films(*SIZES, seed=2)
    replaced = rng.choice(len(vectors), len(vectors) // 10, replace=False)
    vectors[replaced] = rng.permutation(other)[: len(replaced)]
    today = find(vectors, yesterday)
    assert taste_of(today) == [0, 1, 2, 3]
    assert today.kept_names == dict(enumerate(NAMES))


def test_a_taste_that_grows_past_another_keeps_its_number(yesterday: Named) -> None:
    assert taste_of(find(films(20, 70, 50, 400), yesterday)) == [0, 1, 2, 3]


def test_what_is_new_takes_the_number_that_came_free(yesterday: Named) -> None:
    gone = np.vstack([films(*SIZES)[:160], films(*SIZES)[210:]])
    fresh = np.eye(1, 12, 11, dtype=np.float32) + np.random.default_rng(3).normal(0, 0.05, (60, 12))
    today = find(np.asarray(np.vstack([gone, fresh]), np.float32), yesterday)
    assert today.kept_names == {0: "horror", 1: "comedy", 3: "music"}
    assert today.found.directions[2].argmax() == 11
    assert today.named(["horror", "comedy", "space", "music"], "2024-01-02").since[2] == "2024-01-02"


def test_a_name_is_measured_by_what_it_was_given_for_not_by_the_day_before() -> None:
    angle = np.radians([0, 20, 40])
    day = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)
    assert places(day[1:2], day[:1], least=0.9)[1].tolist() == [True]  # cos 20° = .94
    assert places(day[2:3], day[:1], least=0.9)[1].tolist() == [False]  # cos 40° = .77, though .94 to the day before


def test_with_fewer_interests_those_whose_number_is_gone_are_new() -> None:
    number, kept = places(TASTES[[3, 1]], TASTES, least=0.9)
    assert (number.tolist(), kept.tolist()) == ([0, 1], [False, True])


@given(st.permutations(range(4)), st.integers(0, 1000))
def test_permuted_interests_find_their_numbers(order: list[int], seed: int) -> None:
    moved = TASTES + np.random.default_rng(seed).normal(0, 0.02, TASTES.shape).astype(np.float32)
    moved /= np.linalg.norm(moved, axis=1, keepdims=True)
    number, kept = places(moved[order], TASTES, least=0.9)
    assert number.tolist() == list(order)
    assert kept.all()


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 1000), st.floats(0, 1))
def test_every_number_is_given_once_and_only_to_those_alike(here: int, before: int, seed: int, least: float) -> None:
    rng = np.random.default_rng(seed)
    some, anchors = (
        np.asarray(row / np.linalg.norm(row, axis=1, keepdims=True), np.float32)
        for row in (rng.normal(size=(count, 3)) for count in (here, before))
    )
    number, kept = places(some, anchors, least)
    assert sorted(number) == list(range(here))
    assert all(some[row] @ anchors[number[row]] >= least for row in np.flatnonzero(kept))
