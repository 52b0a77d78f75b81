"""What every retriever promises; each retriever inherits the suite."""

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recsys.events.interactions import Floats, Interactions
from recsys.events.split import Requests
from recsys.interests.distributions import observe
from recsys.ranking.retrievers import domain_items, ease, own_items, text, text_factors, transitions
from recsys.ranking.retrievers.contract import Retriever
from recsys.ranking.retrievers.donor_items import DonorItems
from recsys.ranking.retrievers.interests import Interests
from recsys.ranking.retrievers.next_item import sequence
from recsys.ranking.retrievers.recent import Popular, latest_newcomers
from recsys.settings import Settings
from recsys.transfer.donors.contract import Donor
from recsys.transfer.donors.follows import Follows
from recsys.transfer.donors.neighbours import Neighbours
from recsys.transfer.donors.population import Population
from recsys.transfer.estimate import Estimate
from recsys.transfer.model import Profiles, Transfer
from recsys.transfer.segments import NAMES

Histories = st.SearchStrategy[Interactions]

MEMBERSHIP = np.array([[1, 0], [0.8, 0.2], [0.5, 0.5], [0.5, 0.5], [0.1, 0.9], [0, 1]], np.float32)
DIRECTIONS = np.array([[1, 0], [0.8, 0.6], [0.6, 0.8], [0, 1], [-1, 0], [0, 0]], np.float32)
GRAPH = sp.csr_matrix(np.array([[0, 1, 2, 0, 0], [0, 0, 0, 0, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 5], [0, 1, 0, 1, 0]]))
BETA = {"follows": 0.25, "neighbours": 0.25, "population": 0.5}
DOMAIN = np.array([0, 0, 0, 1, 1, 1], np.int32)
STRANGER = 5
"""Row of the request of somebody without history, who is in no table."""

inherited = settings(suppress_health_check=[HealthCheck.differing_executors], max_examples=25, deadline=None)


def everyone_and_a_stranger(known: Interactions) -> Requests:
    """Requests of users 0 to 4 at different moments, and of a stranger."""
    history = replace(known, n_users=known.n_users + 1)
    return Requests(history, np.array([31, 31, 40, 35, 90, 35.0]), np.array([0, 1, 2, 3, 4, -1], np.int32))


def profiles(known: Interactions, requests: Requests) -> Profiles:
    observed = observe(known, MEMBERSHIP, 365)
    donors: list[Donor] = [Follows(GRAPH, observed), Neighbours(known, observed, 3), Population(known, MEMBERSHIP, 90)]
    estimates = [Estimate(name, 2.0, BETA, 0.1, 0.0, 0.2, is_open=True) for name in NAMES]
    return Transfer(MEMBERSHIP, donors, estimates, Settings()).profiles(requests)


class RetrieverContract:
    name: ClassVar[str]
    transfers: ClassVar[bool] = False

    def fit(self, known: Interactions) -> Retriever:
        raise NotImplementedError

    def scores(self, known: Interactions, requests: Requests) -> Floats:
        return self.fit(known).score(requests, profiles(known, requests))

    @inherited
    @given(data=st.data())
    def test_it_says_a_finite_number_of_every_item(self, histories: Histories, data: st.DataObject) -> None:
        known = data.draw(histories)
        scores = self.scores(known, everyone_and_a_stranger(known))
        assert scores.shape == (6, 6)
        assert scores.dtype == np.float32
        assert np.isfinite(scores).all()

    @inherited
    @given(data=st.data(), rows=st.lists(st.integers(0, 5), min_size=1, max_size=8))
    def test_a_request_is_answered_alike_in_any_company(
        self, histories: Histories, data: st.DataObject, rows: list[int]
    ) -> None:
        known = data.draw(histories)
        requests, some = everyone_and_a_stranger(known), np.array(rows, np.int32)
        together = self.scores(known, requests)
        np.testing.assert_allclose(self.scores(known, requests.part(some)), together[some], rtol=1e-5, atol=1e-6)

    @inherited
    @given(data=st.data())
    def test_asked_again_it_says_the_same(self, histories: Histories, data: st.DataObject) -> None:
        known = data.draw(histories)
        requests = everyone_and_a_stranger(known)
        assert np.array_equal(self.scores(known, requests), self.scores(known, requests))

    def test_nobody_asking_gets_no_answer(self, history: Callable[..., Interactions]) -> None:
        known = history([(0, 1, 1, 0), (0, 2, 1, 1), (1, 2, 1, 1)], 5, 6)
        nobody = everyone_and_a_stranger(known).part(np.zeros(0, np.int32))
        assert self.scores(known, nobody).shape == (0, 6)

    def test_it_is_called_by_its_name(self, history: Callable[..., Interactions]) -> None:
        retriever = self.fit(history([(0, 1, 1, 0)], 5, 6))
        assert (retriever.name, retriever.transfers) == (self.name, self.transfers)


class ReadsHistory(RetrieverContract):
    @inherited
    @given(data=st.data())
    def test_it_has_nothing_to_say_to_who_chose_nothing(self, histories: Histories, data: st.DataObject) -> None:
        known = data.draw(histories)
        requests = everyone_and_a_stranger(known)
        without = ~np.asarray(requests.history.positives.sum(axis=1)).ravel().astype(bool)
        assert without[STRANGER]
        assert not self.scores(known, requests)[without].any()


class ReadsBehaviour(RetrieverContract):
    @inherited
    @given(data=st.data())
    def test_it_has_nothing_to_say_of_what_nobody_chose(self, histories: Histories, data: st.DataObject) -> None:
        known = data.draw(histories)
        chosen = np.asarray(known.positives.sum(axis=0)).ravel() > 0
        assert not self.scores(known, everyone_and_a_stranger(known))[:, ~chosen].any()


class ReadsTheClock(RetrieverContract):
    @inherited
    @given(data=st.data(), moment=st.integers(1, 31))
    def test_what_comes_at_or_after_the_moment_changes_nothing(
        self, histories: Histories, data: st.DataObject, moment: int
    ) -> None:
        known = data.draw(histories)
        before = known.take(known.day < moment)
        requests = replace(everyone_and_a_stranger(before), at=np.full(6, float(moment)))
        given_profiles = profiles(before, requests)
        now, then = (self.fit(one).score(requests, given_profiles) for one in (known, before))
        np.testing.assert_allclose(now, then, rtol=1e-4, atol=1e-6)


class TestTransitions(ReadsHistory, ReadsBehaviour):
    name = "transitions"

    def fit(self, known: Interactions) -> Retriever:
        return transitions.fit(known, window=3)


class TestAttention(RetrieverContract):
    name = "attention"

    def fit(self, known: Interactions) -> Retriever:
        return transitions.fit_attention(known, window=3)


class TestSequence(RetrieverContract):
    name = "sequence"

    def fit(self, known: Interactions) -> Retriever:
        return sequence.fit(known, DIRECTIONS, seed=1)


class TestTextFactors(ReadsHistory):
    name = "text factors"

    def fit(self, known: Interactions) -> Retriever:
        return text_factors.fit(known, transitions.fit(known, 3), DIRECTIONS, seed=1)[0]


class TestTextTransitions(ReadsHistory):
    name = "text transitions"

    def fit(self, known: Interactions) -> Retriever:
        return text_factors.fit(known, transitions.fit(known, 3), DIRECTIONS, seed=1)[1]


class TestTextPopularity(RetrieverContract):
    name = "text popularity"

    def fit(self, known: Interactions) -> Retriever:
        return text_factors.fit(known, transitions.fit(known, 3), DIRECTIONS, seed=1)[2]


class TestEase(ReadsHistory, ReadsBehaviour):
    name = "ease"

    def fit(self, known: Interactions) -> Retriever:
        return ease.fit(known, l2=2.0)


class TestText(ReadsHistory):
    name = "text"

    def fit(self, known: Interactions) -> Retriever:
        return text.fit(DIRECTIONS)


class TestOwnInterests(ReadsHistory, ReadsBehaviour, ReadsTheClock):
    name = "own interests"

    def fit(self, known: Interactions) -> Retriever:
        return Interests(MEMBERSHIP, known, 30.0, self.name, self.transfers)


class TestTransferredInterests(ReadsBehaviour, ReadsTheClock):
    name = "transferred interests"
    transfers = True

    def fit(self, known: Interactions) -> Retriever:
        return Interests(MEMBERSHIP, known, 30.0, self.name, self.transfers)


class TestNeighboursItems(ReadsHistory, ReadsBehaviour):
    name = "neighbours' items"
    transfers = True

    def fit(self, known: Interactions) -> Retriever:
        return DonorItems("neighbours", known.positives)


class TestDomainsItems(ReadsHistory, ReadsBehaviour):
    name = "domains' items"
    transfers = True

    def fit(self, known: Interactions) -> Retriever:
        return domain_items.fit(known, DOMAIN, ("books", "films"), seed=1)


class TestFollowsItems(ReadsBehaviour):
    name = "follows' items"
    transfers = True

    def fit(self, known: Interactions) -> Retriever:
        return DonorItems("follows", known.positives)


class TestRecentPopularity(ReadsBehaviour, ReadsTheClock):
    name = "recent popularity"

    def fit(self, known: Interactions) -> Retriever:
        return Popular(known, 30.0, self.name)


class TestPopularityOfTheDay(ReadsBehaviour, ReadsTheClock):
    name = "popularity of the day"

    def fit(self, known: Interactions) -> Retriever:
        return Popular(known, 1.0, self.name)


class TestPopularity(ReadsBehaviour, ReadsTheClock):
    name = "popularity"

    def fit(self, known: Interactions) -> Retriever:
        return Popular(known, 36_500.0, self.name)


class TestIntroPopularity(ReadsBehaviour, ReadsTheClock):
    name = "intro popularity"

    def fit(self, known: Interactions) -> Retriever:
        return Popular(known.take(known.order_from_start < 2), 30.0, self.name)


class TestNewcomersPopularity(ReadsBehaviour, ReadsTheClock):
    name = "newcomers' popularity"

    def fit(self, known: Interactions) -> Retriever:
        return latest_newcomers(known)


class TestEaseWithTexts(ReadsHistory):
    name = "ease with texts"

    def fit(self, known: Interactions) -> Retriever:
        return ease.fit_texts(known, DIRECTIONS)


class TestOwnItems(ReadsHistory, ReadsBehaviour):
    name = "own items"

    def fit(self, known: Interactions) -> Retriever:
        return own_items.OwnItems(self.name)


class TestOwnItemsLately(ReadsHistory, ReadsBehaviour):
    name = "own items lately"

    def fit(self, known: Interactions) -> Retriever:
        return own_items.OwnItems(self.name, fade=0.5)
