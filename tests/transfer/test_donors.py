"""What every donor must keep, and what each of them says of a tiny world written by hand."""

from collections.abc import Callable
from typing import ClassVar

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recsys.events.interactions import Interactions
from recsys.events.split import Requests, now, reveal
from recsys.interests.distributions import observe
from recsys.transfer.donors.contract import Donation, Donor
from recsys.transfer.donors.follows import Follows
from recsys.transfer.donors.neighbours import Neighbours
from recsys.transfer.donors.population import Population

History = Callable[..., Interactions]
Histories = st.SearchStrategy[Interactions]
MEMBERSHIP = np.array([[1, 0], [1, 0], [0, 1], [0, 1], [0.5, 0.5], [0.25, 0.75]], np.float32)
HALF_LIFE = 30.0
GRAPH = sp.csr_matrix(([1, 3, 1, 2], ([0, 0, 1, 3], [1, 2, 0, 4])), shape=(5, 5))
"""User 0 follows 1, and 2 three times as much; 1 follows 0; 3 follows 4; 2 and 4 follow nobody."""

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
