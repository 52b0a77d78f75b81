"""What every donor must keep, and what each of them says of a tiny world written by hand."""

from collections.abc import Callable
from typing import ClassVar

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recsys.events.interactions import Interactions, decayed
from recsys.events.split import Requests, now, reveal
from recsys.interests.distributions import observe
from recsys.transfer.donors.circle import Circle
from recsys.transfer.donors.cohort import Cohort
from recsys.transfer.donors.contract import Donation, Donor
from recsys.transfer.donors.domains import Domains
from recsys.transfer.donors.follows import Follows
from recsys.transfer.donors.neighbours import Neighbours
from recsys.transfer.donors.newcomers import Newcomers
from recsys.transfer.donors.population import Population

History = Callable[..., Interactions]
Histories = st.SearchStrategy[Interactions]
MEMBERSHIP = np.array([[1, 0], [1, 0], [0, 1], [0, 1], [0.5, 0.5], [0.25, 0.75]], np.float32)
HALF_LIFE = 30.0
GRAPH = sp.csr_matrix(([1, 3, 1, 2], ([0, 0, 1, 3], [1, 2, 0, 4])), shape=(5, 5))
"""User 0 follows 1, and 2 three times as much; 1 follows 0; 3 follows 4; 2 and 4 follow nobody."""

ATTRIBUTES = sp.csr_matrix(np.array([[1, 0, 1], [1, 0, 0], [0, 1, 1], [0, 1, 0], [1, 0, 0]], np.float32))
"""Users 0, 1 and 4 are of one sex, 2 and 3 of the other; 0 and 2 live in the same city, the rest say nothing of it."""
VALUES = ("sex=f", "sex=m", "city=Rome")
DOMAIN = np.array([0, 1, 0, 1, 2, 2], np.int32)
DOMAINS = ("books", "films", "")
"""Items 0 and 2 are books, 1 and 3 films; 4 and 5 are of no domain."""

INHERITED = settings(suppress_health_check=[HealthCheck.differing_executors])
"""A property that several suites inherit is run by each on its own donor, which is meant."""


def ask(donor: Donor, requests: Requests) -> Donation:
    return donor.give(requests, observe(requests.history, MEMBERSHIP, HALF_LIFE))


class DonorContract:
    """Every donor inherits these tests and says how it is made."""

    name: ClassVar[str]

    def make(self, interactions: Interactions) -> Donor:
        raise NotImplementedError

    def test_it_has_the_name_by_which_settings_and_traces_call_it(self, history: History) -> None:
        assert self.make(history([], 5, 6)).name == self.name

    @INHERITED
    @given(data=st.data(), shown=st.integers(0, 3))
    def test_rows_sum_to_1_or_0_and_people_are_named_by_people_alone(
        self, histories: Histories, data: st.DataObject, shown: int
    ) -> None:
        some = data.draw(histories)
        donor, requests = self.make(some), reveal(some, shown, 3).requests
        given_ = ask(donor, requests)
        _assert_rows_sum_to_1_or_0(given_.distribution)
        assert given_.distribution.shape == (len(requests), 2)
        assert (given_.voices is not None) == donor.are_people
        if given_.behind is not None:
            assert (given_.behind > 0).tolist() == given_.distribution.any(axis=1).tolist()
        if given_.voices is not None:
            _assert_rows_sum_to_1_or_0(given_.voices.toarray())
            assert given_.voices.shape == (len(requests), 5)

    @INHERITED
    @given(data=st.data(), shown=st.integers(0, 3))
    def test_a_user_never_vouches_for_themselves(self, histories: Histories, data: st.DataObject, shown: int) -> None:
        some = data.draw(histories)
        for requests in (now(some, 31.0), reveal(some, shown, 3).requests):
            voices = ask(self.make(some), requests).voices
            if voices is not None:
                assert not voices.toarray()[np.arange(len(requests)), requests.user].any()

    @INHERITED
    @given(data=st.data(), rows=st.lists(st.integers(0, 4), max_size=8))
    def test_a_request_is_answered_the_same_alone_and_among_others_in_any_order(
        self, histories: Histories, data: st.DataObject, rows: list[int]
    ) -> None:
        some = data.draw(histories)
        donor, requests = self.make(some), now(some, 15.0)
        whole, part = ask(donor, requests), ask(donor, requests.part(np.array(rows, np.int32)))
        assert part.distribution == pytest.approx(whole.distribution[rows], abs=1e-6)
        if whole.voices is not None and part.voices is not None:
            assert part.voices.toarray() == pytest.approx(whole.voices.toarray()[rows], abs=1e-6)

    def test_without_any_history_it_is_silent(self, history: History) -> None:
        nothing = history([], 5, 6)
        assert not ask(self.make(nothing), now(nothing, 31.0)).distribution.any()

    def test_it_answers_somebody_who_is_in_no_table(self, history: History) -> None:
        some = history([(0, 0, 1, 1), (1, 2, 1, 2)], 5, 6)
        stranger = Requests(history([], 1, 6), np.array([9.0]), np.array([-1], np.int32))
        given_ = ask(self.make(some), stranger)
        _assert_rows_sum_to_1_or_0(given_.distribution)


def _assert_rows_sum_to_1_or_0(rows: np.ndarray) -> None:
    assert (rows >= 0).all()
    total = rows.sum(axis=1)
    assert total == pytest.approx((total > 0).astype(float), abs=1e-5)


class TestFollows(DonorContract):
    name = "follows"

    def make(self, interactions: Interactions) -> Donor:
        return Follows(GRAPH, observe(interactions, MEMBERSHIP, HALF_LIFE))

    def test_followees_are_heard_in_proportion_to_the_link(self, history: History) -> None:
        some = history([(1, 0, 1, 1), (2, 2, 1, 1), (0, 4, 1, 1)], 5, 6)
        given_ = ask(self.make(some), now(some, 9.0))
        assert given_.distribution.tolist() == [[0.25, 0.75], [0.5, 0.5], [0, 0], [0, 0], [0, 0]]
        assert given_.voices is not None
        assert given_.voices.toarray()[0].tolist() == [0, 0.25, 0.75, 0, 0]

    def test_a_followee_without_a_history_is_not_heard(self, history: History) -> None:
        some = history([(1, 0, 1, 1), (2, 2, -1, 1)], 5, 6)
        assert ask(self.make(some), now(some, 9.0)).distribution[0].tolist() == [1, 0]


class TestCircle(DonorContract):
    """0 → 1, 2; 1 → 0; 3 → 4 alone: a circle of two links leads from 1 to 1 and 2, and from 0 back to 0."""

    name = "circle"

    def make(self, interactions: Interactions) -> Donor:
        return Circle(GRAPH, observe(interactions, MEMBERSHIP, HALF_LIFE))

    def test_those_whom_followees_follow_are_heard_and_never_oneself(self, history: History) -> None:
        some = history([(user, 0 if user == 2 else 2, 1, 1) for user in range(5)], 5, 6)
        given_ = ask(self.make(some), now(some, 9.0))
        assert given_.distribution.tolist() == [[0, 0], [1, 0], [0, 0], [0, 0], [0, 0]]
        assert given_.voices is not None
        assert given_.voices.toarray()[1].tolist() == [0, 0, 1, 0, 0]

    def test_each_followee_passes_on_one_voice_and_those_without_a_history_pass_on_theirs(
        self, history: History
    ) -> None:
        """User 0 follows 1 and 2, who have no history; 1 follows 3 and 4, 2 follows 4."""
        graph = sp.csr_matrix(([1, 1, 1, 2, 5], ([0, 0, 1, 1, 2], [1, 2, 3, 4, 4])), shape=(5, 5))
        some = history([(3, 0, 1, 1), (4, 2, 1, 1)], 5, 6)
        given_ = ask(Circle(graph, observe(some, MEMBERSHIP, HALF_LIFE)), now(some, 9.0))
        assert given_.voices is not None
        assert given_.voices.toarray()[0].tolist() == pytest.approx([0, 0, 0, 1 / 6, 5 / 6])

    def test_the_loudest_are_heard_alone_and_batches_make_no_difference(
        self, history: History, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        graph = sp.csr_matrix(([1, 1, 3, 2], ([0, 1, 1, 1], [1, 2, 3, 4])), shape=(5, 5))
        some = history([(user, 0, 1, 1) for user in range(5)], 5, 6)
        monkeypatch.setattr("recsys.transfer.donors.circle.MOST", 2)
        monkeypatch.setattr("recsys.transfer.donors.circle.BATCH", 2)
        voices = ask(Circle(graph, observe(some, MEMBERSHIP, HALF_LIFE)), now(some, 9.0)).voices
        assert voices is not None
        assert voices.toarray()[0].tolist() == pytest.approx([0, 0, 0, 0.6, 0.4])


class TestNeighbours(DonorContract):
    name = "neighbours"

    def make(self, interactions: Interactions) -> Donor:
        return Neighbours(interactions, observe(interactions, MEMBERSHIP, HALF_LIFE), count=2)

    def test_those_who_chose_the_same_are_heard(self, history: History) -> None:
        some = history([(0, 0, 1, 1), (1, 0, 1, 1), (1, 2, 1, 1), (2, 3, 1, 1)], 5, 6)
        given_ = ask(self.make(some), now(some, 9.0))
        assert given_.distribution.tolist() == [[0.5, 0.5], [1, 0], [0, 0], [0, 0], [0, 0]]

    def test_the_rarer_the_common_item_the_louder_the_neighbour(self, history: History) -> None:
        some = history([(0, 0, 1, 1), (0, 2, 1, 1), (1, 0, 1, 1), (2, 2, 1, 1), (3, 2, 1, 1), (4, 2, 1, 1)], 5, 6)
        voices = ask(self.make(some), now(some, 9.0)).voices
        assert voices is not None
        rare, common = np.log1p(5 / 2), np.log1p(5 / 4)
        heard = voices.toarray()[0]
        assert heard.tolist() == pytest.approx([0, rare / (rare + common), common / (rare + common), 0, 0])

    def test_batches_of_requests_make_no_difference(self, history: History, monkeypatch: pytest.MonkeyPatch) -> None:
        some = history([(user, item, 1, 1) for user in range(5) for item in range(user + 1)], 5, 6)
        whole = ask(self.make(some), now(some, 9.0)).distribution
        monkeypatch.setattr("recsys.transfer.donors.neighbours.BATCH", 2)
        assert np.array_equal(ask(self.make(some), now(some, 9.0)).distribution, whole)


class TestPopulation(DonorContract):
    name = "population"

    def make(self, interactions: Interactions) -> Donor:
        return Population(interactions, MEMBERSHIP, half_life_days=10)

    def test_everybodys_recent_choices_are_mixed(self, history: History) -> None:
        some = history([(0, 0, 1, 0), (1, 2, 1, 10)], 5, 6)
        assert ask(self.make(some), now(some, 20.0)).distribution[4].tolist() == pytest.approx([1 / 3, 2 / 3])

    def test_it_still_speaks_long_after_the_last_event(self, history: History) -> None:
        some = history([(0, 0, 1, 0), (1, 2, 1, 10)], 5, 6)
        assert ask(self.make(some), now(some, 10_000.0)).distribution[4].tolist() == pytest.approx([1 / 3, 2 / 3])

    @given(data=st.data(), moment=st.integers(0, 31))
    def test_nothing_at_or_after_the_request_changes_it(
        self, histories: Histories, data: st.DataObject, moment: int
    ) -> None:
        some = data.draw(histories)
        past = some.take(some.day < moment)
        requests = now(some, float(moment))
        expected = ask(self.make(past), requests).distribution
        assert ask(self.make(some), requests).distribution == pytest.approx(expected, abs=1e-6)


@pytest.fixture
def easily_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five users are too few to be sure of anything; here, any difference counts."""
    monkeypatch.setattr("recsys.transfer.donors.cohort.CHANCE", 3.0)


def cohort(interactions: Interactions, least: int) -> Cohort:
    weight = decayed(interactions, HALF_LIFE)
    chosen = sp.csr_matrix((weight, (interactions.user, interactions.item)), shape=(5, 6))
    return Cohort(ATTRIBUTES, VALUES, observe(interactions, MEMBERSHIP, HALF_LIFE), chosen, least)


@pytest.mark.usefixtures("easily_told")
class TestCohort(DonorContract):
    name = "cohort"
    sexes_differ = ((0, 0, 1, 1), (1, 1, 1, 1), (4, 4, 1, 1), (2, 2, 1, 1), (3, 3, 1, 1))

    def make(self, interactions: Interactions) -> Donor:
        return cohort(interactions, least=1)

    def test_the_others_who_share_a_value_are_heard_alike(self, history: History) -> None:
        some = history(self.sexes_differ, 5, 6)
        given_ = ask(self.make(some), now(some, 9.0))
        assert given_.distribution == pytest.approx(
            np.array([[0.75, 0.25], [0.75, 0.25], [0, 1], [0, 1], [1, 0]]), abs=1e-6
        )
        assert given_.behind is not None
        assert given_.behind.tolist() == [2, 2, 1, 1, 2]

    def test_what_the_others_chose_is_passed_on_as_their_mean(self, history: History) -> None:
        some = history(self.sexes_differ, 5, 6)
        assert cohort(some, least=1).items(now(some, 9.0)).tolist() == [
            [0, 0.5, 0, 0, 0.5, 0], [0.5, 0, 0, 0, 0.5, 0], [0, 0, 0, 1, 0, 0], [0, 0, 1, 0, 0, 0],
            [0.5, 0.5, 0, 0, 0, 0],
        ]  # fmt: skip

    def test_a_newcomer_hears_all_who_share_a_value(self, history: History) -> None:
        some = history(self.sexes_differ[1:], 5, 6)
        given_ = ask(self.make(some), now(some, 9.0))
        assert given_.distribution[0] == pytest.approx([0.75, 0.25])
        assert given_.behind is not None
        assert given_.behind[0] == 2

    def test_a_group_below_the_least_size_is_not_heard_though_its_values_differ(self, history: History) -> None:
        some = history(self.sexes_differ, 5, 6)
        assert ask(cohort(some, least=1), now(some, 9.0)).behind is not None
        small = ask(cohort(some, least=2), now(some, 9.0))
        assert not small.distribution.any()  # three are enough, but without them, two would be left of everybody
        assert not cohort(some, least=2).items(now(some, 9.0)).any()

    def test_values_that_make_no_difference_say_nothing(self, history: History) -> None:
        some = history([(user, 4, 1, 1) for user in range(5)], 5, 6)
        assert not ask(self.make(some), now(some, 9.0)).distribution.any()

    def test_somebody_without_attributes_hears_nothing(self, history: History) -> None:
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

    def test_who_has_been_in_every_domain_hears_nothing(self, history: History) -> None:
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
        return Newcomers(interactions, MEMBERSHIP, half_life_days=10)

    def test_first_choices_count_and_later_ones_do_not(self, history: History) -> None:
        some = history([*((0, 0, 1, day) for day in range(15)), *((0, 2, 1, day) for day in range(15, 25))], 5, 6)
        assert ask(self.make(some), now(some, 30.0)).distribution[4].tolist() == [1, 0]

    def test_those_who_came_of_late_count_more(self, history: History) -> None:
        some = history([(0, 0, 1, 0), (1, 2, 1, 10)], 5, 6)
        assert ask(self.make(some), now(some, 20.0)).distribution[4].tolist() == pytest.approx([1 / 3, 2 / 3])

    @given(data=st.data(), moment=st.integers(0, 31))
    def test_nothing_at_or_after_the_request_changes_it(
        self, histories: Histories, data: st.DataObject, moment: int
    ) -> None:
        some = data.draw(histories)
        past = some.take(some.day < moment)
        requests = now(some, float(moment))
        expected = ask(self.make(past), requests).distribution
        assert ask(self.make(some), requests).distribution == pytest.approx(expected, abs=1e-6)
