"""What every donor must keep. Five users and six items of two interests."""

from collections.abc import Callable
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recsys.events.interactions import Interactions
from recsys.events.split import Requests, now, reveal
from recsys.interests.distributions import observe
from recsys.transfer.donors.contract import Donation, Donor

History = Callable[..., Interactions]
Histories = st.SearchStrategy[Interactions]
MEMBERSHIP = np.array([[1, 0], [1, 0], [0, 1], [0, 1], [0.5, 0.5], [0.25, 0.75]], np.float32)
HALF_LIFE = 30.0
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
        assert (given_.weights is not None) == donor.are_people
        if given_.contributors is not None:
            assert (given_.contributors > 0).tolist() == given_.distribution.any(axis=1).tolist()
        if given_.weights is not None:
            _assert_rows_sum_to_1_or_0(given_.weights.toarray())
            assert given_.weights.shape == (len(requests), 5)

    @INHERITED
    @given(data=st.data(), shown=st.integers(0, 3))
    def test_a_user_never_contributes_to_themselves(
        self, histories: Histories, data: st.DataObject, shown: int
    ) -> None:
        some = data.draw(histories)
        for requests in (now(some, 31.0), reveal(some, shown, 3).requests):
            weights = ask(self.make(some), requests).weights
            if weights is not None:
                assert not weights.toarray()[np.arange(len(requests)), requests.user].any()

    @INHERITED
    @given(data=st.data(), rows=st.lists(st.integers(0, 4), max_size=8))
    def test_a_request_is_answered_the_same_alone_and_among_others_in_any_order(
        self, histories: Histories, data: st.DataObject, rows: list[int]
    ) -> None:
        some = data.draw(histories)
        donor, requests = self.make(some), now(some, 15.0)
        whole, part = ask(donor, requests), ask(donor, requests.part(np.array(rows, np.int32)))
        assert part.distribution == pytest.approx(whole.distribution[rows], abs=1e-6)
        if whole.weights is not None and part.weights is not None:
            assert part.weights.toarray() == pytest.approx(whole.weights.toarray()[rows], abs=1e-6)

    def test_without_any_history_it_abstains(self, history: History) -> None:
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
