"""What donors who are people say of a tiny world written by hand."""

import numpy as np
import pytest
import scipy.sparse as sp

from recsys.events.interactions import Interactions
from recsys.events.split import now
from recsys.interests.distributions import observe
from recsys.transfer.donors.contract import Donor
from recsys.transfer.donors.follows import Follows
from recsys.transfer.donors.neighbours import Neighbours
from recsys.transfer.donors.two_hop_follows import TwoHopFollows
from tests.transfer.donor_contract import HALF_LIFE, MEMBERSHIP, DonorContract, History, ask

GRAPH = sp.csr_matrix(([1, 3, 1, 2], ([0, 0, 1, 3], [1, 2, 0, 4])), shape=(5, 5))
"""User 0 follows 1, and 2 three times as much; 1 follows 0; 3 follows 4; 2 and 4 follow nobody."""


class TestFollows(DonorContract):
    name = "follows"

    def make(self, interactions: Interactions) -> Donor:
        return Follows(GRAPH, observe(interactions, MEMBERSHIP, HALF_LIFE))

    def test_followees_count_in_proportion_to_the_link(self, history: History) -> None:
        some = history([(1, 0, 1, 1), (2, 2, 1, 1), (0, 4, 1, 1)], 5, 6)
        given_ = ask(self.make(some), now(some, 9.0))
        assert given_.distribution.tolist() == [[0.25, 0.75], [0.5, 0.5], [0, 0], [0, 0], [0, 0]]
        assert given_.weights is not None
        assert given_.weights.toarray()[0].tolist() == [0, 0.25, 0.75, 0, 0]

    def test_a_followee_without_a_history_does_not_count(self, history: History) -> None:
        some = history([(1, 0, 1, 1), (2, 2, -1, 1)], 5, 6)
        assert ask(self.make(some), now(some, 9.0)).distribution[0].tolist() == [1, 0]


class TestCircle(DonorContract):
    """0 → 1, 2; 1 → 0; 3 → 4 alone: a circle of two links leads from 1 to 1 and 2, and from 0 back to 0."""

    name = "circle"

    def make(self, interactions: Interactions) -> Donor:
        return TwoHopFollows(GRAPH, observe(interactions, MEMBERSHIP, HALF_LIFE))

    def test_those_whom_followees_follow_count_and_never_oneself(self, history: History) -> None:
        some = history([(user, 0 if user == 2 else 2, 1, 1) for user in range(5)], 5, 6)
        given_ = ask(self.make(some), now(some, 9.0))
        assert given_.distribution.tolist() == [[0, 0], [1, 0], [0, 0], [0, 0], [0, 0]]
        assert given_.weights is not None
        assert given_.weights.toarray()[1].tolist() == [0, 0, 1, 0, 0]

    def test_each_followee_passes_on_one_weight_and_those_without_a_history_pass_on_theirs(
        self, history: History
    ) -> None:
        """User 0 follows 1 and 2, who have no history; 1 follows 3 and 4, 2 follows 4."""
        graph = sp.csr_matrix(([1, 1, 1, 2, 5], ([0, 0, 1, 1, 2], [1, 2, 3, 4, 4])), shape=(5, 5))
        some = history([(3, 0, 1, 1), (4, 2, 1, 1)], 5, 6)
        given_ = ask(TwoHopFollows(graph, observe(some, MEMBERSHIP, HALF_LIFE)), now(some, 9.0))
        assert given_.weights is not None
        assert given_.weights.toarray()[0].tolist() == pytest.approx([0, 0, 0, 1 / 6, 5 / 6])

    def test_those_of_most_weight_alone_count_and_batches_make_no_difference(
        self, history: History, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        graph = sp.csr_matrix(([1, 1, 3, 2], ([0, 1, 1, 1], [1, 2, 3, 4])), shape=(5, 5))
        some = history([(user, 0, 1, 1) for user in range(5)], 5, 6)
        monkeypatch.setattr("recsys.transfer.donors.two_hop_follows.MAX_PEOPLE", 2)
        monkeypatch.setattr("recsys.transfer.donors.weights.BATCH", 2)
        weights = ask(TwoHopFollows(graph, observe(some, MEMBERSHIP, HALF_LIFE)), now(some, 9.0)).weights
        assert weights is not None
        assert weights.toarray()[0].tolist() == pytest.approx([0, 0, 0, 0.6, 0.4])


class TestNeighbours(DonorContract):
    name = "neighbours"

    def make(self, interactions: Interactions) -> Donor:
        return Neighbours(interactions, observe(interactions, MEMBERSHIP, HALF_LIFE), count=2)

    def test_those_who_chose_the_same_count(self, history: History) -> None:
        some = history([(0, 0, 1, 1), (1, 0, 1, 1), (1, 2, 1, 1), (2, 3, 1, 1)], 5, 6)
        given_ = ask(self.make(some), now(some, 9.0))
        assert given_.distribution.tolist() == [[0.5, 0.5], [1, 0], [0, 0], [0, 0], [0, 0]]

    def test_the_rarer_the_common_item_the_more_the_neighbour_counts(self, history: History) -> None:
        some = history([(0, 0, 1, 1), (0, 2, 1, 1), (1, 0, 1, 1), (2, 2, 1, 1), (3, 2, 1, 1), (4, 2, 1, 1)], 5, 6)
        weights = ask(self.make(some), now(some, 9.0)).weights
        assert weights is not None
        rare, common = np.log1p(5 / 2), np.log1p(5 / 4)
        weights = weights.toarray()[0]
        assert weights.tolist() == pytest.approx([0, rare / (rare + common), common / (rare + common), 0, 0])

    def test_batches_of_requests_make_no_difference(self, history: History, monkeypatch: pytest.MonkeyPatch) -> None:
        some = history([(user, item, 1, 1) for user in range(5) for item in range(user + 1)], 5, 6)
        whole = ask(self.make(some), now(some, 9.0)).distribution
        monkeypatch.setattr("recsys.transfer.donors.weights.BATCH", 2)
        assert np.array_equal(ask(self.make(some), now(some, 9.0)).distribution, whole)
