"""What donors who are known as a sum say of a tiny world written by hand."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from recsys.events.interactions import Interactions, decayed
from recsys.events.split import Requests, now
from recsys.interests.distributions import observe
from recsys.transfer.donors.cohort import Cohort
from recsys.transfer.donors.contract import Donor
from recsys.transfer.donors.domains import Domains
from recsys.transfer.donors.new_users import NewUsers
from recsys.transfer.donors.population import Population
from tests.transfer.donor_contract import HALF_LIFE, MEMBERSHIP, DonorContract, Histories, History, ask

ATTRIBUTES = sp.csr_matrix(np.array([[1, 0, 1], [1, 0, 0], [0, 1, 1], [0, 1, 0], [1, 0, 0]], np.float32))
"""Users 0, 1 and 4 are of one sex, 2 and 3 of the other; 0 and 2 live in the same city, the rest say nothing of it."""
VALUES = ("sex=f", "sex=m", "city=Rome")
DOMAIN = np.array([0, 1, 0, 1, 2, 2], np.int32)
DOMAINS = ("books", "films", "")
"""Items 0 and 2 are books, 1 and 3 films; 4 and 5 are of no domain."""


class TestPopulation(DonorContract):
    name = "population"

    def make(self, interactions: Interactions) -> Donor:
        return Population(interactions, MEMBERSHIP, half_life_days=10)

    def test_everybodys_recent_positives_are_mixed(self, history: History) -> None:
        some = history([(0, 0, 1, 0), (1, 2, 1, 10)], 5, 6)
        assert ask(self.make(some), now(some, 20.0)).distribution[4].tolist() == pytest.approx([1 / 3, 2 / 3])

    def test_it_still_speaks_long_after_the_last_event(self, history: History) -> None:
        some = history([(0, 0, 1, 0), (1, 2, 1, 10)], 5, 6)
        assert ask(self.make(some), now(some, 10_000.0)).distribution[4].tolist() == pytest.approx([1 / 3, 2 / 3])

    @given(data=st.data(), cutoff=st.integers(0, 31))
    def test_nothing_at_or_after_the_request_changes_it(
        self, histories: Histories, data: st.DataObject, cutoff: int
    ) -> None:
        some = data.draw(histories)
        past = some.take(some.day < cutoff)
        requests = now(some, float(cutoff))
        expected = ask(self.make(past), requests).distribution
        assert ask(self.make(some), requests).distribution == pytest.approx(expected, abs=1e-6)


@pytest.fixture
def easily_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five users are too few to be sure of anything; here, any difference counts."""
    monkeypatch.setattr("recsys.transfer.donors.difference.CHANCE", 3.0)


def cohort(interactions: Interactions, least: int) -> Cohort:
    weight = decayed(interactions, HALF_LIFE)
    positives = sp.csr_matrix((weight, (interactions.user, interactions.item)), shape=(5, 6))
    return Cohort.of(ATTRIBUTES, VALUES, observe(interactions, MEMBERSHIP, HALF_LIFE), positives, least)


@pytest.mark.usefixtures("easily_told")
class TestCohort(DonorContract):
    name = "cohort"
    sexes_differ = ((0, 0, 1, 1), (1, 1, 1, 1), (4, 4, 1, 1), (2, 2, 1, 1), (3, 3, 1, 1))

    def make(self, interactions: Interactions) -> Donor:
        return cohort(interactions, least=1)

    def test_the_others_who_share_a_value_count_alike(self, history: History) -> None:
        some = history(self.sexes_differ, 5, 6)
        given_ = ask(self.make(some), now(some, 9.0))
        assert given_.distribution == pytest.approx(
            np.array([[0.75, 0.25], [0.75, 0.25], [0, 1], [0, 1], [1, 0]]), abs=1e-6
        )
        assert given_.contributors is not None
        assert given_.contributors.tolist() == [2, 2, 1, 1, 2]

    def test_what_the_others_chose_is_passed_on_as_their_mean(self, history: History) -> None:
        some = history(self.sexes_differ, 5, 6)
        assert cohort(some, least=1).items(now(some, 9.0)).tolist() == [
            [0, 0.5, 0, 0, 0.5, 0],
            [0.5, 0, 0, 0, 0.5, 0],
            [0, 0, 0, 1, 0, 0],
            [0, 0, 1, 0, 0, 0],
            [0.5, 0.5, 0, 0, 0, 0],
        ]

    def test_a_newcomer_is_given_what_all_who_share_a_value_like(self, history: History) -> None:
        some = history(self.sexes_differ[1:], 5, 6)
        given_ = ask(self.make(some), now(some, 9.0))
        assert given_.distribution[0] == pytest.approx([0.75, 0.25])
        assert given_.contributors is not None
        assert given_.contributors[0] == 2

    def test_a_group_below_the_least_size_is_not_disclosed_though_its_values_differ(self, history: History) -> None:
        some = history(self.sexes_differ, 5, 6)
        assert ask(cohort(some, least=1), now(some, 9.0)).contributors is not None
        small = ask(cohort(some, least=2), now(some, 9.0))
        assert not small.distribution.any()  # three are enough, but without them, two would be left of everybody
        assert not cohort(some, least=2).items(now(some, 9.0)).any()

    def test_values_that_make_no_difference_say_nothing(self, history: History) -> None:
        some = history([(user, 4, 1, 1) for user in range(5)], 5, 6)
        assert not ask(self.make(some), now(some, 9.0)).distribution.any()

    def test_somebody_without_attributes_is_given_nothing(self, history: History) -> None:
        some = history(self.sexes_differ, 5, 6)
        stranger = Requests(history([(0, 0, 1, 1)], 1, 6), np.array([9.0]), np.array([-1], np.int32))
        assert not ask(self.make(some), stranger).distribution.any()
        assert not cohort(some, least=1).items(stranger).any()


class TestDomains(DonorContract):
    name = "domains"

    def make(self, interactions: Interactions) -> Donor:
        return Domains(interactions, MEMBERSHIP, DOMAIN, DOMAINS, HALF_LIFE)

    def test_a_domain_a_user_has_not_been_in_gives_what_others_choose_there(self, history: History) -> None:
        some = history([(0, 0, 1, 1), (1, 1, 1, 1), (2, 3, 1, 1), (3, 3, 1, 1)], 5, 6)
        given_ = ask(self.make(some), now(some, 9.0)).distribution
        assert given_[0] == pytest.approx([1 / 3, 2 / 3], abs=0.15)
        assert given_[1].tolist() == [1, 0]
        assert not given_[4].any()

    def test_who_has_been_in_every_domain_is_given_nothing(self, history: History) -> None:
        some = history([(0, 0, 1, 1), (0, 1, 1, 1), (1, 2, 1, 1), (1, 3, 1, 1)], 5, 6)
        assert not ask(self.make(some), now(some, 9.0)).distribution.any()

    def test_items_without_a_domain_are_a_source_and_no_target(self, history: History) -> None:
        some = history([(0, 5, 1, 1), (1, 0, 1, 1), (1, 1, 1, 1), (2, 2, 1, 1), (2, 1, 1, 1)], 5, 6)
        given_ = ask(self.make(some), now(some, 9.0)).distribution
        assert given_[0].any()
        assert not given_[1:].any()


class TestNewcomers(DonorContract):
    name = "newcomers"

    def make(self, interactions: Interactions) -> Donor:
        return NewUsers(interactions, MEMBERSHIP, half_life_days=10)

    def test_first_positives_count_and_later_ones_do_not(self, history: History) -> None:
        days = history([*((0, 0, 1, day) for day in range(15)), *((0, 2, 1, day) for day in range(15, 25))], 5, 6)
        some = replace(days, repeatable=np.ones(25, bool))
        assert ask(self.make(some), now(some, 30.0)).distribution[4].tolist() == [1, 0]

    def test_those_who_came_of_late_count_more(self, history: History) -> None:
        some = history([(0, 0, 1, 0), (1, 2, 1, 10)], 5, 6)
        assert ask(self.make(some), now(some, 20.0)).distribution[4].tolist() == pytest.approx([1 / 3, 2 / 3])

    @given(data=st.data(), cutoff=st.integers(0, 31))
    def test_nothing_at_or_after_the_request_changes_it(
        self, histories: Histories, data: st.DataObject, cutoff: int
    ) -> None:
        some = data.draw(histories)
        past = some.take(some.day < cutoff)
        requests = now(some, float(cutoff))
        expected = ask(self.make(past), requests).distribution
        assert ask(self.make(some), requests).distribution == pytest.approx(expected, abs=1e-6)
