"""Worlds in which the right transfer is known: what the estimate should find, it finds."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import scipy.sparse as sp

from recsys.events.interactions import Floats, Interactions
from recsys.events.side import SideInformation, nothing
from recsys.events.split import now
from recsys.interests.drift import drift
from recsys.settings import Settings
from recsys.transfer import model
from recsys.transfer.donors.cohort import Cohort
from recsys.transfer.estimate import Estimate
from recsys.transfer.segments import NAMES

ELDERS, NEWCOMERS = 200, 60
NOBODY = nothing(ELDERS + NEWCOMERS, 0)
SETTINGS = Settings()


@dataclass(frozen=True)
class World:
    """Users with known interests: elders with many events, then newcomers with one to three."""

    interactions: Interactions
    membership: Floats
    truth: Floats
    """True interests, (n_users, n_interests); every choice is drawn from them."""
    taste: np.ndarray
    """Number of each user's kind, (n_users,)."""


def world(truth_of_taste: list[list[float]], items_each: int, seed: int = 0) -> World:
    """Users of each taste in turn. Every taste has items of its own; an item is all of one interest."""
    rng = np.random.default_rng(seed)
    interests = len(truth_of_taste[0])
    taste = np.arange(ELDERS + NEWCOMERS) % len(truth_of_taste)
    truth = np.array(truth_of_taste, np.float32)[taste]
    length = np.where(np.arange(len(taste)) < ELDERS, 40, 1 + np.arange(len(taste)) // len(truth_of_taste) % 3)
    user = np.repeat(np.arange(len(taste)), length)
    interest = (rng.random((len(user), 1)) > truth[user].cumsum(axis=1)).sum(axis=1).clip(max=interests - 1)
    item = (taste[user] * interests + interest) * items_each + rng.integers(0, items_each, len(user))
    day = np.concatenate([np.sort(rng.uniform(0, 100, count)) for count in length])
    membership = np.tile(np.repeat(np.eye(interests, dtype=np.float32), items_each, axis=0), (len(truth_of_taste), 1))
    interactions = Interactions(
        user.astype(np.int32), item.astype(np.int32), np.ones(len(user), np.float32), day, len(taste), len(membership)
    )
    return World(interactions, membership, truth, taste)


def friends(of: World, count: int, rng: np.random.Generator, same_taste: bool) -> sp.csr_matrix:
    """Everybody follows so many elders: of their own taste, or anybody."""
    users = len(of.taste)
    fits = (of.taste[:, None] == of.taste) if same_taste else np.ones((users, users), bool)
    fits[:, ELDERS:] = False
    np.fill_diagonal(fits, False)
    followees = [rng.choice(np.flatnonzero(row), count, replace=False) for row in fits]
    ends = (np.repeat(np.arange(users), count), np.concatenate(followees))
    return sp.csr_matrix((np.ones(users * count, np.float32), ends), shape=(users, users))


def attributes(*columns: np.ndarray) -> SideInformation:
    """Attributes a, b, … of all users, one for each column of codes."""
    flags = np.concatenate([np.eye(column.max() + 1, dtype=np.float32)[column] for column in columns], axis=1)
    names = [f"{chr(97 + place)}={code}" for place, column in enumerate(columns) for code in range(column.max() + 1)]
    return replace(NOBODY, attributes=sp.csr_matrix(flags), values=names)


def by_lot(rng: np.random.Generator, codes: int) -> np.ndarray:
    return rng.integers(0, codes, ELDERS + NEWCOMERS)


def by_segment(fitted: model.Transfer) -> dict[str, Estimate]:
    return {estimate.segment: estimate for estimate in fitted.estimates}


def distance(profiles: Floats, truth: Floats) -> float:
    return float(np.abs(profiles - truth).sum(axis=1).mean())


TWO_TASTES = [[0.8, 0.2], [0.2, 0.8]]


@pytest.fixture(scope="module")
def alike() -> tuple[World, model.Transfer]:
    """Two tastes and few items: who chose the same has the same taste, whichever interest it was of."""
    here = world(TWO_TASTES, items_each=40)
    return here, model.fit(here.interactions, here.membership, NOBODY, SETTINGS)


@pytest.fixture(scope="module")
def followed() -> tuple[World, model.Transfer]:
    """Two tastes and so many items that hardly two users share one: only the people followed tell the taste."""
    here = world(TWO_TASTES, items_each=5_000)
    graph = friends(here, 10, np.random.default_rng(1), same_taste=True)
    return here, model.fit(here.interactions, here.membership, replace(NOBODY, graph=graph), SETTINGS)


@pytest.fixture(scope="module")
def noisy() -> model.Transfer:
    """Eight pure tastes and followees drawn by lot: a single choice tells all, and no donor anything more."""
    here = world(np.eye(8).tolist(), items_each=300)
    graph = friends(here, 10, np.random.default_rng(1), same_taste=False)
    return model.fit(here.interactions, here.membership, replace(NOBODY, graph=graph), SETTINGS)


@pytest.fixture(scope="module")
def of_a_kind() -> tuple[World, model.Transfer]:
    """Hardly two users share an item. One attribute of four is the taste, the others are drawn by lot."""
    here, rng = world(TWO_TASTES, items_each=5_000), np.random.default_rng(3)
    side = attributes(by_lot(rng, 4), here.taste, by_lot(rng, 2), by_lot(rng, 5))
    return here, model.fit(here.interactions, here.membership, side, SETTINGS)


def test_neighbours_who_know_the_taste_open_the_gate_and_are_believed(alike: tuple[World, model.Transfer]) -> None:
    early = by_segment(alike[1])["1-3"]
    assert early.is_open
    assert early.kappa > 0
    assert early.gain_low > 0
    assert early.beta["neighbours"] >= 0.75


def test_where_an_order_stands_in_for_times_it_does_not_matter_whose_events_are_listed_first() -> None:
    here, second = world(TWO_TASTES, items_each=40), 1 / 86_400
    users, event = here.interactions.user, here.interactions.order_from_start
    found = [
        model.fit(
            replace(here.interactions, day=((place[users] * 100 + event) * second).astype(np.float64)),
            here.membership,
            NOBODY,
            SETTINGS,
            timed=False,
        ).estimates
        for place in (np.arange(len(here.taste)), np.arange(len(here.taste))[::-1])
    ]
    assert [(estimate.kappa, estimate.beta) for estimate in found[0]] == [
        (estimate.kappa, estimate.beta) for estimate in found[1]
    ]


def test_where_interests_tell_nothing_a_cohort_passes_on_the_items_that_its_own_choose() -> None:
    """Nothing is known of items but who chose them: all are of one interest."""
    here, rng = world([[1.0], [1.0]], items_each=60), np.random.default_rng(3)
    donor, by_chance = (
        next(
            donor
            for donor in model.fit(here.interactions, here.membership, side, SETTINGS).donors
            if isinstance(donor, Cohort)
        )
        for side in (attributes(by_lot(rng, 4), here.taste), attributes(by_lot(rng, 4)))
    )
    passed_on = donor.items(now(here.interactions, 101.0)).reshape(len(here.taste), 2, -1).sum(axis=2)
    assert (passed_on.argmax(axis=1) == here.taste).all()
    assert not by_chance.items(now(here.interactions, 101.0)).any()


def test_followees_who_know_the_taste_open_the_gate_and_are_believed(followed: tuple[World, model.Transfer]) -> None:
    for segment in ("0", "1-3"):
        early = by_segment(followed[1])[segment]
        assert early.is_open
        assert early.gain_low > 0
        assert early.beta["follows"] + early.beta["circle"] >= 0.75  # whom friends follow are of the same taste
    assert by_segment(followed[1])["0"].beta["neighbours"] == 0  # they have nothing to say there


def test_where_followees_only_follow_themselves_those_whom_they_follow_are_believed() -> None:
    """Everybody follows a curator of their own taste, who chose nothing and follows thirty elders of that taste."""
    here, rng = world(TWO_TASTES, items_each=5_000), np.random.default_rng(1)
    users, curators = len(here.taste), np.arange(2)
    elders = [rng.choice(np.flatnonzero(here.taste[:ELDERS] == taste), 30, replace=False) for taste in curators]
    ends = (
        np.concatenate([np.arange(users), np.repeat(users + curators, 30)]),
        np.concatenate([users + here.taste, *elders]),
    )
    graph = sp.csr_matrix((np.ones(len(ends[0]), np.float32), ends), shape=(users + 2, users + 2))
    interactions = replace(here.interactions, n_users=users + 2)
    fitted = model.fit(interactions, here.membership, replace(nothing(users + 2, 0), graph=graph), SETTINGS)
    for segment in ("0", "1-3"):
        early = by_segment(fitted)[segment]
        assert early.is_open
        assert early.beta["circle"] >= 0.75
        assert early.beta["follows"] == 0


def test_attributes_that_tell_the_taste_open_the_gate_and_are_believed(of_a_kind: tuple[World, model.Transfer]) -> None:
    for segment in ("0", "1-3"):
        early = by_segment(of_a_kind[1])[segment]
        assert early.is_open
        assert early.gain_low > 0
        assert early.beta["cohort"] >= 0.75


def test_a_newcomer_of_whom_only_attributes_are_known_gets_the_taste_of_their_kind(
    of_a_kind: tuple[World, model.Transfer],
) -> None:
    here, fitted = of_a_kind
    empty = here.interactions.take(here.interactions.user < ELDERS)
    profiles = fitted.profiles(now(empty, 101.0))
    assert distance(profiles.transferred[ELDERS:], here.truth[ELDERS:]) < 0.1
    assert distance(np.full_like(here.truth, 0.5), here.truth) == pytest.approx(0.6)  # were they taken for everybody


def test_attributes_drawn_by_lot_say_nothing_get_no_share_and_open_no_gate() -> None:
    here, rng = world(np.eye(8).tolist(), items_each=300), np.random.default_rng(3)
    side = attributes(by_lot(rng, 4), by_lot(rng, 2), by_lot(rng, 5))
    for place, estimate in enumerate(model.fit(here.interactions, here.membership, side, SETTINGS).estimates):
        assert estimate.is_open == (place == 0)
        assert estimate.beta["cohort"] == 0


def test_profiles_are_the_same_where_drift_was_measured_before(alike: tuple[World, model.Transfer]) -> None:
    here, fitted = alike
    measured = drift(here.interactions, here.membership, SETTINGS.events.half_life_days)
    again = model.fit(here.interactions, here.membership, NOBODY, SETTINGS, drift=measured)
    assert model.describe(again.estimates) == model.describe(fitted.estimates)
    rows = np.arange(0, len(here.taste), 3, dtype=np.int32)
    before, after = (fitted.profiles(now(here.interactions, 101.0, given).part(rows)) for given in (None, measured))
    assert np.array_equal(before.observed.drift, measured[rows])
    assert np.array_equal(after.transferred, before.transferred)


@pytest.mark.parametrize("found", ["alike", "followed", "of_a_kind"])
def test_new_users_come_nearer_to_their_true_interests(found: str, request: pytest.FixtureRequest) -> None:
    here, fitted = request.getfixturevalue(found)
    profiles = fitted.profiles(now(here.interactions, 101.0))
    before = distance(profiles.observed.distribution[ELDERS:], here.truth[ELDERS:])
    after = distance(profiles.transferred[ELDERS:], here.truth[ELDERS:])
    assert after < 0.6 * before


def test_a_newcomer_who_chose_nothing_is_taken_for_the_people_they_follow(
    followed: tuple[World, model.Transfer],
) -> None:
    here, fitted = followed
    empty = here.interactions.take(here.interactions.user < ELDERS)
    profiles = fitted.profiles(now(empty, 101.0))
    assert not profiles.observed.distribution[ELDERS:].any()
    assert distance(profiles.transferred[ELDERS:], here.truth[ELDERS:]) < 0.25


@pytest.mark.parametrize("found", ["followed", "of_a_kind"])
def test_alpha_falls_with_evidence(found: str, request: pytest.FixtureRequest) -> None:
    here, fitted = request.getfixturevalue(found)
    profiles = fitted.profiles(now(here.interactions, 101.0))
    by_evidence = profiles.alpha[ELDERS:][np.argsort(profiles.observed.evidence[ELDERS:])]
    assert (np.diff(by_evidence) <= 0).all()
    assert 1 > by_evidence[0] > by_evidence[-1] > profiles.alpha[:ELDERS].mean()


def test_donors_that_are_noise_close_the_gate_wherever_there_is_evidence(noisy: model.Transfer) -> None:
    gates = {name: estimate.is_open for name, estimate in by_segment(noisy).items()}
    assert gates == {name: name == "0" for name in NAMES}


def test_behind_a_closed_gate_users_stay_as_they_are(noisy: model.Transfer) -> None:
    here = world(np.eye(8).tolist(), items_each=300)
    profiles = noisy.profiles(now(here.interactions, 101.0))
    assert not profiles.alpha.any()
    assert np.array_equal(profiles.transferred, profiles.observed.distribution)


def test_switched_off_transfer_only_helps_those_without_evidence(alike: tuple[World, model.Transfer]) -> None:
    here, _ = alike
    off = SETTINGS.model_copy(update={"transfer": SETTINGS.transfer.model_copy(update={"enabled": False})})
    fitted = model.fit(here.interactions, here.membership, NOBODY, off)
    seen = here.interactions.take(here.interactions.user != 0)
    profiles = fitted.profiles(now(seen, 101.0))
    assert profiles.alpha.tolist() == [1.0] + [0.0] * (len(here.taste) - 1)
    assert profiles.transferred[0].sum() == pytest.approx(1)


@pytest.mark.parametrize("found", ["alike", "followed", "of_a_kind"])
def test_a_profile_is_the_same_alone_and_among_others_in_any_order(found: str, request: pytest.FixtureRequest) -> None:
    here, fitted = request.getfixturevalue(found)
    requests, rows = now(here.interactions, 101.0), np.array([259, 3, 200, 3], np.int32)
    whole = fitted.profiles(requests)
    for part, some in ((requests.part(rows), rows), (requests.part(rows[:1]), rows[:1])):
        profiles = fitted.profiles(part)
        assert profiles.transferred == pytest.approx(whole.transferred[some], abs=1e-6)
        assert profiles.alpha.tolist() == whole.alpha[some].tolist()
        assert profiles.shares == pytest.approx(whole.shares[some], abs=1e-6)


def test_every_profile_is_a_distribution_and_every_share_is_shared_out(followed: tuple[World, model.Transfer]) -> None:
    here, fitted = followed
    profiles = fitted.profiles(now(here.interactions, 101.0))
    ones = pytest.approx(np.ones(len(here.taste)), abs=1e-5)
    assert profiles.transferred.sum(axis=1) == ones
    assert profiles.source.sum(axis=1) == ones
    assert profiles.shares.sum(axis=1) == ones
