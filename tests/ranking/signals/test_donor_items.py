"""Items that donors chose, and the user's own where they may be recommended again."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from recsys.events.interactions import Floats, Interactions
from recsys.events.side import SideInformation
from recsys.events.split import now
from recsys.interests.distributions import observe
from recsys.ranking.signals import donor_items, own_items
from recsys.ranking.signals.donor_items import PEOPLE, CohortItems, DonorItems
from recsys.ranking.signals.known import Known
from recsys.settings import load
from recsys.transfer import model
from recsys.transfer.donors.cohort import Cohort
from recsys.transfer.model import Profiles
from tests.ranking.signals.tables import TODAY, asks, by_hand, known_of, scores

History = Callable[..., Interactions]
MakeProfiles = Callable[[Floats, Floats], Profiles]

NO_TEXTS = np.zeros((4, 1), np.float32)


@pytest.fixture
def no_donors(profiles: MakeProfiles) -> Profiles:
    """A profile in which nobody speaks for anybody."""
    return profiles(np.zeros((1, 2), np.float32), np.zeros((1, 2), np.float32))


@pytest.fixture
def people(history: History) -> Known:
    """Three of country A chose items 0, 1 and 1; two of country B chose items 2 and 3. User 0 follows user 4."""
    events = [(user, item, 1, 0) for user, item in enumerate((0, 1, 1, 2, 3))]
    known = known_of(history(events, 5, 4), NO_TEXTS)
    country = sp.csr_matrix(np.array([[1, 0], [1, 0], [1, 0], [0, 1], [0, 1]], np.float32))
    graph = sp.csr_matrix(([1.0], ([0], [4])), shape=(5, 5), dtype=np.float32)
    side = SideInformation(graph, country, ("country=A", "country=B"), known.side.domain, ("",))
    settings = load(["transfer.min_cohort=1"])
    membership = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], np.float32)
    return replace(
        known, side=side, settings=settings, transfer=model.fit(known.interactions, membership, side, settings)
    )


def test_donors_items_are_weighted_by_the_donors(no_donors: Profiles) -> None:
    positives = sp.csr_matrix(np.array([[1, 0, 0], [2, 4, 0], [0, 0, 9]], np.float32))
    profile = replace(no_donors, weights={"follows": sp.csr_matrix(np.array([[0.75, 0.25, 0]], np.float32))})
    assert scores(DonorItems(PEOPLE["follows"], "follows", positives), asks(0, of=3), profile) == by_hand(
        [1.25, 1.0, 0]
    )


def test_a_user_without_donors_has_no_score(no_donors: Profiles) -> None:
    positives = sp.csr_matrix(np.ones((3, 3), np.float32))
    profile = replace(no_donors, weights={"follows": sp.csr_matrix((1, 3), dtype=np.float32)})
    assert not scores(DonorItems(PEOPLE["follows"], "follows", positives), asks(0, of=3), profile).any()


def test_every_kind_of_people_among_the_donors_passes_items_on_and_so_does_the_cohort(people: Known) -> None:
    names = [signal.spec.name for signal in donor_items.fit(people)]
    assert names == ["follows' items", "circle's items", "neighbours' items", "cohort's items"]


def test_a_follower_is_passed_on_what_the_followee_chose(people: Known) -> None:
    requests = now(people.interactions, TODAY)
    (follows,) = (signal for signal in donor_items.fit(people) if signal.spec is PEOPLE["follows"])
    found = scores(follows, requests, people.transfer.profiles(requests))
    assert found == by_hand([0, 0, 0, 1], *[[0.0] * 4] * 4)


def test_one_donor_passes_on_the_items_of_most_weight(
    people: Known, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(donor_items, "PASSED_ON", 1)
    more = history([(4, 1, 1, 0), (4, 2, 2, 0), (4, 3, 1, 0)], 5, 4)
    follows = donor_items.fit(replace(people, interactions=more))[0]
    assert isinstance(follows, DonorItems)
    assert follows.weights.toarray()[4].tolist() == [0, 0, 2, 0]


def test_no_donors_pass_no_items_on(history: History) -> None:
    assert not donor_items.fit(known_of(history([(0, 0, 1, 0)], 2, 4), NO_TEXTS))


def test_the_cohort_passes_on_the_mean_of_its_other_members(history: History) -> None:
    """Forty users of two countries: those of A choose item 0 or 1, those of B item 2 or 3."""
    events = [(user, 2 * (user % 2) + user // 2 % 2, 1, 0) for user in range(40)]
    interactions = history(events, 40, 4)
    country = np.eye(2, dtype=np.float32)[np.arange(40) % 2]
    membership = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], np.float32)
    positives = sp.csr_matrix(interactions.positives)
    cohort = Cohort.of(sp.csr_matrix(country), ("A", "B"), observe(interactions, membership, 365), positives, least=5)
    found = scores(CohortItems(cohort), now(interactions, TODAY))
    assert found[0] == pytest.approx([9 / 19, 10 / 19, 0, 0], abs=1e-4)
    assert found[1] == pytest.approx([0, 0, 9 / 19, 10 / 19], abs=1e-4)


def test_own_items_are_those_chosen_often_and_those_chosen_recently(history: History) -> None:
    """Item 0 was chosen twice, item 1 last, item 2 disliked."""
    events = history([(0, 0, 1, 0), (0, 0, 0.5, 1), (0, 2, -1, 2), (0, 1, 1, 3)], 1, 4)
    known = known_of(replace(events, repeatable=np.ones(4, bool)), NO_TEXTS)
    often, recently = own_items.fit(known)
    asked = now(known.interactions, TODAY)
    assert scores(often, asked) == by_hand([1.5, 1, 0, 0])
    assert scores(recently, asked) == by_hand([0.9**2 + 0.5 * 0.9, 1, 0, 0])


def test_where_nothing_may_be_recommended_again_own_items_are_no_signal(history: History) -> None:
    assert not own_items.fit(known_of(history([(0, 0, 1, 0)], 1, 4), NO_TEXTS))
