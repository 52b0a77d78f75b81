"""Items by interest, worked out by hand."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from recsys.events.interactions import Floats, Interactions
from recsys.events.split import Requests
from recsys.ranking.signals.answers import ByTime, Factors
from recsys.ranking.signals.interests import OWN, TRANSFERRED, Interests
from recsys.transfer.model import Profiles
from recsys.transfer.popularity import Counts
from tests.ranking.signals.tables import asks, by_hand, ints, scores

History = Callable[..., Interactions]
MakeProfiles = Callable[[Floats, Floats], Profiles]

MEMBERSHIP = np.array([[1, 0], [0, 1], [0.5, 0.5], [1, 0]], np.float32)


@pytest.fixture
def known(history: History) -> Interactions:
    """Items 0 to 2 have 2, 1 and 1 positives, item 3 has none."""
    return history([(0, 0, 1, 5), (1, 0, 1, 5), (0, 1, 1, 5), (1, 2, 1, 5), (1, 3, -1, 5)], 2, 4)


def twice(request: Requests, *at: float) -> Requests:
    """The same request at several times."""
    return replace(request.part(np.zeros(len(at), np.int32)), at=np.array(at))


@pytest.mark.parametrize("spec", [OWN, TRANSFERRED])
def test_a_score_is_the_probability_of_the_item(known: Interactions, profiles: MakeProfiles, spec: object) -> None:
    """p(item | 0) = 2, 0, ½, 0 of 2½, p(item | 1) = 0, 1, ½, 0 of 1½; the user is 0.8, 0.2."""
    mine, other = np.array([[0.8, 0.2]], np.float32), np.array([[0.0, 1.0]], np.float32)
    profile = profiles(mine, other) if spec is OWN else profiles(other, mine)
    signal = Interests(OWN if spec is OWN else TRANSFERRED, MEMBERSHIP, Counts(known, 30.0))
    found = scores(signal, asks(0, of=4), profile)
    assert found / 1000 == by_hand([0.8 * 2 / 2.5, 0.2 * 1 / 1.5, 0.8 * 0.5 / 2.5 + 0.2 * 0.5 / 1.5, 0])
    assert found.sum() == pytest.approx(1000)


def test_requests_of_one_time_and_of_several_have_the_same_scores(known: Interactions, profiles: MakeProfiles) -> None:
    mine = np.array([[0.8, 0.2], [0.3, 0.7]], np.float32)
    signal, request = Interests(OWN, MEMBERSHIP, Counts(known, 30.0)), asks(0, of=4)
    once, at_two_times = (twice(request, *at) for at in ((9.0, 9.0), (5.0, 9.0)))
    assert isinstance(signal.ask(once, profiles(mine, mine)), Factors)
    assert isinstance(signal.ask(at_two_times, profiles(mine, mine)), ByTime)
    at_once, apart = (scores(signal, requests, profiles(mine, mine)) for requests in (once, at_two_times))
    assert apart[1] == pytest.approx(at_once[1], abs=1e-3)
    assert not apart[0].any()  # nobody had chosen anything by then


def test_another_time_is_answered_by_what_is_popular_then(known: Interactions, profiles: MakeProfiles) -> None:
    """Asked of one time after another, as a service is from day to day."""
    mine = np.array([[0.8, 0.2]], np.float32)
    signal, request = Interests(OWN, MEMBERSHIP, Counts(known, 30.0)), asks(0, of=4)
    found = [scores(signal, twice(request, at), profiles(mine, mine)).any() for at in (9.0, 5.0, 9.0)]
    assert found == [True, False, True]


def test_scores_stay_the_same_long_after_the_last_positive(known: Interactions, profiles: MakeProfiles) -> None:
    mine = np.array([[0.8, 0.2]], np.float32)
    signal, request = Interests(OWN, MEMBERSHIP, Counts(known, 30.0)), asks(0, of=4)
    soon, late = (scores(signal, twice(request, at), profiles(mine, mine)) for at in (6.0, 10_000.0))
    assert late == pytest.approx(soon)
    assert soon.any()


def test_the_interest_of_the_user_that_the_item_belongs_to_most_speaks_for_it(
    known: Interactions, profiles: MakeProfiles
) -> None:
    own = np.array([[0.7, 0.3], [0.3, 0.7]], np.float32)
    profile = profiles(own, own[::-1])
    request, item = ints(0, 0, 0, 1, 1), ints(0, 1, 2, 2, 0)
    for spec, spoken in ((OWN, [0, -1, 0, 1, -1]), (TRANSFERRED, [-1, 1, 1, 0, 0])):
        assert Interests(spec, MEMBERSHIP, Counts(known, 30.0)).interest(profile, request, item).tolist() == spoken


def test_an_interest_that_is_everybodys_speaks_for_nothing(known: Interactions, profiles: MakeProfiles) -> None:
    all_of_it = np.ones((1, 1), np.float32)
    signal = Interests(OWN, np.ones((3, 1), np.float32), Counts(known, 30.0))
    assert signal.interest(profiles(all_of_it, all_of_it), ints(0, 0), ints(0, 1)).tolist() == [-1, -1]


def test_an_interest_that_is_a_small_part_of_the_profile_or_of_the_item_speaks_for_nothing(
    known: Interactions, profiles: MakeProfiles
) -> None:
    own = np.array([[0.9, 0.1]], np.float32)
    signal = Interests(OWN, np.array([[0.0, 1.0], [0.1, 0.9], [0.6, 0.4]], np.float32), Counts(known, 30.0))
    assert signal.interest(profiles(own, own), ints(0, 0, 0), ints(0, 1, 2)).tolist() == [-1, -1, 0]
