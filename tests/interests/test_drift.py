"""Users whose taste turns, by design, and users whose does not."""

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.events.interactions import Floats, Interactions
from recsys.interests.distributions import observe, remember
from recsys.interests.drift import FULL, MIN_EVENTS, RECENT, distance, drift, memory
from recsys.settings import Settings, load

A, B = 0, 1
PLAIN = np.eye(2, dtype=np.float32)
VAGUE = np.array([[0.6, 0.25, 0.15], [0.2, 0.65, 0.15], [0.3, 0.3, 0.4]], np.float32)
SETTINGS = Settings()


def choosing(*users: Sequence[int], per_day: float = 1.0) -> Interactions:
    """Users who choose these items one after another."""
    count = [len(items) for items in users]
    user = np.repeat(np.arange(len(users), dtype=np.int32), count)
    day = np.concatenate([np.arange(number) / per_day for number in count]).astype(float)
    item = np.concatenate([np.array(items, np.int32) for items in users])
    return Interactions(user, item, np.ones(len(user), np.float32), day, len(users), 3)


def membership(of: Floats = PLAIN) -> Floats:
    return of if len(of) == 3 else np.vstack([of, [[0.5, 0.5]]]).astype(np.float32)


def shuffled(items: Sequence[int], users: int, seed: int = 0) -> list[list[int]]:
    rng = np.random.default_rng(seed)
    return [rng.permutation(items).tolist() for _ in range(users)]


TURNED = [A] * 50 + [B] * 20


@pytest.mark.parametrize("per_day", [0.1, 1.0, 1000.0])
def test_a_turn_of_taste_shortens_memory_until_the_new_taste_is_most_of_it(per_day: float) -> None:
    seen = remember(choosing(TURNED, per_day=per_day), membership(), SETTINGS)
    assert seen.drift[0] > FULL
    assert seen.distribution[0, B] > 0.7
    assert seen.evidence[0] < 15


def test_a_turn_shows_through_vague_items_too() -> None:
    before = observe(choosing(TURNED), VAGUE, 365).distribution
    after = remember(choosing(TURNED), VAGUE, SETTINGS)
    assert after.drift[0] > 0.1
    assert after.distribution[0, B] > before[0, B] + 0.1


@pytest.mark.parametrize("of", [PLAIN, VAGUE], ids=["plain", "vague"])
def test_in_events_of_random_order_no_turn_is_found_in_95_percent_of_users(of: Floats) -> None:
    found = drift(choosing(*shuffled(TURNED, users=1000)), membership(of), half_life_days=365)
    assert np.mean(found == 0) >= 0.95


@pytest.mark.parametrize(
    "items",
    [[A] * 70, [A, B] * 35, [A] * (MIN_EVENTS - RECENT) + [B] * (RECENT - 1)],
    ids=["one", "two in turn", "few"],
)
def test_without_drift_nothing_changes(items: list[int]) -> None:
    same, seen = observe(choosing(items), membership(), 365), remember(choosing(items), membership(), SETTINGS)
    assert seen.drift.tolist() == [0]
    assert np.array_equal(seen.distribution, same.distribution)
    assert np.array_equal(seen.evidence, same.evidence)


def test_what_was_measured_is_not_measured_again() -> None:
    known, asked = choosing(TURNED, [A] * 70), membership()
    found = drift(known, asked, half_life_days=365)
    for measured in (found, found[::-1]):
        seen = remember(known, asked, SETTINGS, measured)
        assert seen.drift.tolist() == measured.tolist()
        expected = observe(known, asked, 365, memory(measured))
        assert np.array_equal(seen.distribution, expected.distribution)


def test_users_drift_the_same_however_many_are_looked_at_together(monkeypatch: pytest.MonkeyPatch) -> None:
    known = choosing(*shuffled(TURNED, users=4), *[TURNED] * 3)
    found = drift(known, VAGUE, 365)
    monkeypatch.setattr("recsys.interests.drift.BATCH", 2)
    assert np.array_equal(drift(known, VAGUE, 365), found)
    assert np.sum(found > 0) >= 3


def test_drift_can_be_left_out() -> None:
    seen = remember(choosing(TURNED), membership(), load(["interests.drift=false"]))
    assert np.array_equal(seen.distribution, observe(choosing(TURNED), membership(), 365).distribution)
    assert seen.drift.tolist() == [0]


def test_dislikes_turn_nobody() -> None:
    liked = choosing(TURNED)
    mixed = replace(liked, weight=np.where(liked.item == A, 1, -1).astype(np.float32))
    assert drift(mixed, membership(), 365).tolist() == [0]


@given(st.lists(st.floats(0, 1, width=32), min_size=1))
def test_the_more_drift_the_shorter_the_memory_and_never_below_its_bound(drifts: list[float]) -> None:
    lengths = memory(np.sort(np.array(drifts, np.float32)))
    assert (lengths >= RECENT).all()
    assert (np.diff(np.reciprocal(lengths)) >= 0).all()


@given(st.integers(0, 10_000), st.integers(1, 6))
def test_distance_is_symmetric_within_bounds_and_0_only_to_itself(seed: int, width: int) -> None:
    some, others = np.random.default_rng(seed).dirichlet(np.full(width, 0.3), size=(2, 5))
    assert np.array_equal(distance(some, others), distance(others, some))
    assert ((distance(some, others) >= 0) & (distance(some, others) <= 1)).all()
    assert distance(some, some) == pytest.approx(np.zeros(5), abs=1e-7)


@settings(max_examples=25)
@given(data=st.data(), users=st.lists(st.integers(0, 4), min_size=1, max_size=6))
def test_a_user_drifts_the_same_alone_and_among_others(data: st.DataObject, users: list[int]) -> None:
    lengths = data.draw(st.lists(st.integers(0, 60), min_size=5, max_size=5))
    rng = np.random.default_rng(data.draw(st.integers(0, 100)))
    everyone = choosing(*(np.sort(rng.integers(0, 3, count)).tolist() for count in lengths))
    found = drift(everyone, VAGUE, 365)
    assert np.array_equal(drift(everyone.of_users(np.array(users, np.int32)), VAGUE, 365), found[users])
    assert ((found >= 0) & (found <= 1)).all()


def test_many_users_take_seconds_not_minutes() -> None:
    rng = np.random.default_rng(0)
    users, events, items, interests = 12_000, 200_000, 5_000, 32
    user = np.sort(rng.integers(0, users, events)).astype(np.int32)
    many = Interactions(
        user,
        rng.integers(0, items, events).astype(np.int32),
        np.ones(events, np.float32),
        np.sort(rng.uniform(0, 900, events)),
        users,
        items,
    )
    soft = rng.dirichlet(np.full(interests, 0.2), items).astype(np.float32)
    began = time.process_time()
    drift(many, soft, 365)
    assert time.process_time() - began < 10
