"""Planted truth: users take items of one taste; what tells the taste is in the texts, in the pictures, or in both."""

from dataclasses import replace

import numpy as np
import pytest

from recsys.events.interactions import Floats, Interactions
from recsys.pictures import fusion, pairs

N_ITEMS, N_USERS, TASTES = 200, 300, 4
IDS = [f"item {number}" for number in range(N_ITEMS)]
TASTE = np.arange(N_ITEMS) % TASTES


def rows_of_length_1(made: np.ndarray) -> Floats:
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


def telling(width: int, seed: int, loudness: float = 1.0) -> Floats:
    """Vectors in which the taste is to be seen, beside noise."""
    rng = np.random.default_rng(seed)
    return rows_of_length_1(loudness * rng.normal(size=(TASTES, width))[TASTE] + rng.normal(size=(N_ITEMS, width)))


def noise(width: int, seed: int) -> Floats:
    return rows_of_length_1(np.random.default_rng(seed).normal(size=(N_ITEMS, width)))


def histories(events: int = 20) -> Interactions:
    rng = np.random.default_rng(3)
    item = np.concatenate(
        [rng.choice(np.flatnonzero(user % TASTES == TASTE), events, replace=False) for user in range(N_USERS)]
    ).astype(np.int32)
    user = np.repeat(np.arange(N_USERS, dtype=np.int32), events)
    day = np.tile(np.arange(events, dtype=float), N_USERS)
    return Interactions(user, item, np.ones(len(user), np.float32), day, N_USERS, N_ITEMS)


def same_taste(vectors: Floats, nearest: int = 5) -> float:
    """Share of each item's nearest ones that are of its taste; chance is a quarter."""
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -np.inf)
    return float((TASTE[np.argsort(-cosines, axis=1)[:, :nearest]] == TASTE[:, None]).mean())


def test_pictures_that_tell_more_than_texts_weigh_most() -> None:
    texts, pictures = noise(48, 1), telling(24, 2)
    found = fusion.fit(texts, pictures, histories(), IDS)
    assert found.weight >= 0.75
    assert same_taste(found.of(texts, pictures)) > 1.5 * same_taste(texts)


def test_pictures_that_tell_nothing_leave_texts_as_they_were() -> None:
    texts, pictures = telling(48, 1), noise(24, 2)
    found = fusion.fit(texts, pictures, histories(), IDS)
    assert found.weight == 0
    np.testing.assert_array_equal(found.of(texts, pictures), texts)


def test_both_together_tell_more_than_either() -> None:
    texts, pictures = telling(48, 1, 0.4), telling(48, 2, 0.4)
    fused = fusion.fit(texts, pictures, histories(), IDS).of(texts, pictures)
    assert same_taste(fused) > 1.1 * max(same_taste(texts), same_taste(pictures))


def test_what_pictures_show_beside_the_taste_is_learnt_away() -> None:
    backgrounds = np.random.default_rng(5).normal(size=(9, 24))
    background = backgrounds[np.random.default_rng(6).integers(0, 9, N_ITEMS)]
    pictures = rows_of_length_1(telling(24, 2) + 4 * rows_of_length_1(background))
    texts = noise(48, 1)
    found = fusion.fit(texts, pictures, histories(), IDS)
    as_they_are = replace(found, metric=np.eye(24, dtype=np.float32))
    assert same_taste(found.of(texts, pictures)) > 1.5 * same_taste(as_they_are.of(texts, pictures))


@pytest.mark.parametrize("width", [16, 24, 48])
def test_rows_are_as_wide_as_texts_and_of_length_1_or_0(width: int) -> None:
    texts, pictures = telling(width, 1), telling(24, 2)
    texts[:20], pictures[10:30] = 0, 0
    fused = fusion.fit(texts, pictures, histories(), IDS).of(texts, pictures)
    assert fused.shape == (N_ITEMS, width)
    length = np.linalg.norm(fused, axis=1)
    assert not length[10:20].any()
    np.testing.assert_allclose(np.delete(length, np.s_[10:20]), 1, atol=1e-5)


def test_cosines_are_those_of_texts_and_pictures_weighted() -> None:
    texts, pictures = rows_of_length_1(np.eye(4)), rows_of_length_1(np.eye(4)[:, :3] + 1)
    nothing = np.zeros(300, np.float32)
    wide = np.hstack([texts, np.zeros((4, 296), np.float32)])
    found = fusion.Fusion(0.25, np.eye(3, dtype=np.float32), nothing, np.zeros(3, np.float32)).of(wide, pictures)
    expected = 0.75 * texts @ texts.T + 0.25 * pictures @ pictures.T
    np.testing.assert_allclose(found @ found.T, expected / np.diag(expected).max(), atol=0.12)


def test_with_too_few_events_both_weigh_the_same() -> None:
    found = fusion.fit(telling(48, 1), telling(24, 2), histories(events=6), IDS)
    assert (found.weight, found.metric.tolist()) == (0.5, np.eye(24).tolist())


def test_pairs_are_of_one_user_and_none_of_the_latest_positives() -> None:
    item = np.array([0, 1, 2, 90, 91, 92, 93, 94, 10, 11, 95, 96, 97, 98, 99], np.int32)
    user = np.repeat(np.array([0, 1], np.int32), (8, 7))
    known = Interactions(user, item, np.ones(15, np.float32), np.arange(15, dtype=float), 2, N_ITEMS)
    usable = np.arange(N_ITEMS) != 2
    drawn = pairs.drawn(known, usable, np.random.default_rng(0))
    found = set(zip(drawn.first.tolist(), drawn.second.tolist(), strict=True))
    assert found == {(0, 1), (1, 0), (10, 11), (11, 10)}


def test_the_same_events_give_the_same_vectors() -> None:
    texts, pictures = telling(48, 1), telling(24, 2)
    once, again = (fusion.fit(texts, pictures, histories(), IDS).of(texts, pictures) for _ in range(2))
    np.testing.assert_array_equal(once, again)
