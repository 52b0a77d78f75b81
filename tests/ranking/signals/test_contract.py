"""What every signal of the registry promises, on histories of five users and six items."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recsys.events.interactions import Floats, Interactions, Mask, decayed
from recsys.events.side import SideInformation
from recsys.events.split import Requests
from recsys.interests.distributions import observe
from recsys.interests.stage import ItemInterests
from recsys.ranking.signals import domain_items, registry
from recsys.ranking.signals.contract import Answer, Because, BecauseInterest, Family, Open, Signal
from recsys.ranking.signals.known import Known
from recsys.ranking.signals.sequence_model import training
from recsys.ranking.signals.text import similar_texts
from recsys.settings import load
from recsys.transfer.donors.cohort import Cohort
from recsys.transfer.donors.contract import Donor
from recsys.transfer.donors.follows import Follows
from recsys.transfer.donors.neighbours import Neighbours
from recsys.transfer.donors.population import Population
from recsys.transfer.donors.two_hop_follows import TwoHopFollows
from recsys.transfer.estimate import Estimate
from recsys.transfer.model import Profiles, Transfer
from recsys.transfer.segments import NAMES
from tests.kept import kept
from tests.ranking.signals.tables import every_pair

MEMBERSHIP = np.array([[1, 0], [0.8, 0.2], [0.5, 0.5], [0.5, 0.5], [0.1, 0.9], [0, 1]], np.float32)
DIRECTIONS = np.array([[1, 0], [0.8, 0.6], [0.6, 0.8], [0, 1], [-1, 0], [0, 0]], np.float32)
GRAPH = np.array([[0, 1, 2, 0, 0], [0, 0, 0, 0, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 5], [0, 1, 0, 1, 0]], np.float32)
COUNTRY = np.array([[1, 0], [1, 0], [1, 0], [0, 1], [0, 1]], np.float32)
SIDE = SideInformation(
    sp.csr_matrix(GRAPH),
    sp.csr_matrix(COUNTRY),
    ("country=A", "country=B"),
    np.array([0, 0, 0, 1, 1, 1], np.int32),
    ("books", "films"),
)
BETA = {"follows": 0.2, "circle": 0.2, "neighbours": 0.2, "cohort": 0.2, "population": 0.2}
SETTINGS = load(["transfer.min_cohort=1"])
SEVERAL_TIMES, ONE_TIME = (31, 31, 40, 35, 90, 35), (40,) * 6
READ_UNFAVOURABLE_EVENTS = {"attention", "sequence"}
"""These answer requests with events that are not positives, too."""

shared = settings(suppress_health_check=[HealthCheck.differing_executors], max_examples=10, deadline=None)
Histories = st.SearchStrategy[Interactions]


@dataclass(frozen=True)
class Case:
    """Fitted signals, and requests of users 0 to 4 and of an unknown user."""

    known: Known
    signals: tuple[Signal, ...]
    requests: Requests

    @cached_property
    def profiles(self) -> Profiles:
        return self.known.transfer.profiles(self.requests)

    def answers(self) -> Iterator[tuple[Signal, Answer, Floats]]:
        """Each signal, its answer, and its score of every pair, (6, 6)."""
        for signal in self.signals:
            answer = signal.ask(self.requests, self.profiles)
            yield signal, answer, every_pair(answer, 6, 6)

    def part(self, rows: list[int]) -> "Case":
        return replace(self, requests=self.requests.part(np.array(rows, np.int32)))

    @cached_property
    def without_positives(self) -> Mask:
        return np.asarray(np.diff(self.requests.history.positives.indptr) == 0)


@pytest.fixture(scope="module", autouse=True)
def _quick() -> Iterator[None]:
    """A few steps train the sequence model; a few users teach what leads from one domain into the other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "EPOCHS", 2)
        patch.setattr(domain_items, "MIN_USERS", 1)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("signals")


@pytest.fixture(scope="module")
def cases(histories: Histories) -> st.SearchStrategy[Case]:
    """Any histories, in which some events leave their item to be recommended again."""

    @st.composite
    def build(draw: st.DrawFn) -> Case:
        history = draw(histories)
        repeatable = draw(st.lists(st.booleans(), min_size=len(history.user), max_size=len(history.user)))
        interactions = replace(history, repeatable=np.array(repeatable, bool))
        return case_of(interactions, draw(st.sampled_from([SEVERAL_TIMES, ONE_TIME])))

    return build()


def case_of(interactions: Interactions, at: tuple[int, ...]) -> Case:
    known = known_of(interactions)
    history = replace(interactions, n_users=6)
    return Case(known, registry.fit(known), Requests(history, np.array(at, float), np.array([0, 1, 2, 3, 4, -1])))


def known_of(interactions: Interactions) -> Known:
    observed = observe(interactions, MEMBERSHIP, 365)
    shape = (5, 6)
    weights = sp.csr_matrix((decayed(interactions, 365), (interactions.user, interactions.item)), shape=shape)
    donors: list[Donor] = [
        Follows(SIDE.graph, observed),
        TwoHopFollows(SIDE.graph, observed),
        Neighbours(interactions, observed, 3),
        Cohort.of(SIDE.attributes, SIDE.values, observed, weights, 1),
        Population(interactions, MEMBERSHIP, 90),
    ]
    estimates = [Estimate(name, 2.0, BETA, 0.1, 0.0, 0.2, is_open=True) for name in NAMES]
    transfer = Transfer(MEMBERSHIP, donors, estimates, SETTINGS)
    items = ItemInterests(MEMBERSHIP, DIRECTIONS)
    return Known(interactions, items, similar_texts(DIRECTIONS), SIDE, transfer, SETTINGS)


@shared
@given(data=st.data())
def test_scores_are_finite(cases: st.SearchStrategy[Case], data: st.DataObject) -> None:
    case = data.draw(cases)
    assert {signal.spec.family for signal in case.signals} == set(get_args(Family))
    for signal, _, found in case.answers():
        assert found.dtype == np.float32, signal.spec.name
        assert np.isfinite(found).all(), signal.spec.name


@shared
@given(data=st.data(), k=st.integers(1, 4), available=st.lists(st.booleans(), min_size=6, max_size=6))
def test_nominees_are_the_best_open_items_with_a_score_above_0(
    cases: st.SearchStrategy[Case], data: st.DataObject, k: int, available: list[bool]
) -> None:
    case = data.draw(cases)
    seen = case.requests.history.seen
    is_open = (seen.toarray() == 0) & np.array(available)
    for signal, answer, found in case.answers():
        nominees = answer.nominate(k, Open(np.array(available), seen))
        wanted = [(row, item) for row in range(6) for item in best_items(found[row], is_open[row], k)]
        assert np.all(np.diff(nominees.request) >= 0), signal.spec.name
        assert sorted(zip(nominees.request.tolist(), nominees.item.tolist(), strict=True)) == wanted, signal.spec.name
        assert np.array_equal(nominees.score, found[nominees.request, nominees.item]), signal.spec.name


def best_items(found: Floats, is_open: np.ndarray, k: int) -> list[int]:
    """The `k` best open items, of equal ones the first, sorted."""
    candidates = [item for item in range(6) if is_open[item] and found[item] > 0]
    return sorted(sorted(candidates, key=lambda item: (-found[item], item))[:k])


@shared
@given(data=st.data())
def test_requests_without_history_have_no_score_of_a_signal_that_needs_one(
    cases: st.SearchStrategy[Case], data: st.DataObject
) -> None:
    case = data.draw(cases)
    without_events = np.bincount(case.requests.history.user, minlength=6) == 0
    assert without_events[-1]
    for signal, _, found in case.answers():
        if signal.spec.needs_history:
            read = signal.spec.name in READ_UNFAVOURABLE_EVENTS
            assert not found[without_events if read else case.without_positives].any(), signal.spec.name


@shared
@given(data=st.data(), rows=st.lists(st.integers(0, 5), min_size=1, max_size=8))
def test_a_request_is_answered_the_same_in_any_group(
    cases: st.SearchStrategy[Case], data: st.DataObject, rows: list[int]
) -> None:
    case = data.draw(cases)
    group = case.part(rows)
    for signal, _, found in case.answers():
        alone = every_pair(signal.ask(group.requests, group.profiles), len(rows), 6)
        np.testing.assert_allclose(alone, found[rows], rtol=1e-5, atol=1e-5, err_msg=signal.spec.name)


@shared
@given(data=st.data())
def test_asked_again_a_signal_answers_the_same(cases: st.SearchStrategy[Case], data: st.DataObject) -> None:
    case = data.draw(cases)
    for (signal, _, found), (_, _, again) in zip(case.answers(), case.answers(), strict=True):
        assert np.array_equal(found, again), signal.spec.name


@shared
@given(data=st.data())
def test_fitted_again_a_signal_answers_the_same(cases: st.SearchStrategy[Case], data: st.DataObject) -> None:
    case = data.draw(cases)
    again = replace(case, signals=registry.fit(case.known))
    for (signal, _, found), (_, _, other) in zip(case.answers(), again.answers(), strict=True):
        assert np.array_equal(found, other), signal.spec.name


@shared
@given(data=st.data(), asked=st.booleans())
def test_kept_in_files_signals_and_donors_answer_the_same_whether_they_were_asked_before_or_not(
    cases: st.SearchStrategy[Case], data: st.DataObject, folder: Path, asked: bool
) -> None:
    case = data.draw(cases)
    if asked:
        list(case.answers())
    signals, transfer = kept((case.signals, case.known.transfer), folder)
    read = replace(case, signals=signals, known=replace(case.known, transfer=transfer))
    for (signal, _, found), (_, _, other) in zip(case.answers(), read.answers(), strict=True):
        assert np.array_equal(found, other), signal.spec.name


@shared
@given(data=st.data())
def test_no_requests_have_no_nominees(cases: st.SearchStrategy[Case], data: st.DataObject) -> None:
    nobody = data.draw(cases).part([])
    nothing = np.zeros(0, np.int32)
    for signal in nobody.signals:
        answer = signal.ask(nobody.requests, nobody.profiles)
        nominees = answer.nominate(3, Open(np.ones(6, bool), nobody.requests.history.seen))
        assert [len(column) for column in nominees] == [0, 0, 0], signal.spec.name
        assert answer.at(nothing, nothing).shape == (0,), signal.spec.name


@shared
@given(data=st.data(), cutoff=st.integers(1, 31))
def test_behaviour_at_or_after_the_request_changes_no_popularity_and_no_interest(
    histories: Histories, data: st.DataObject, cutoff: int
) -> None:
    everything = data.draw(histories)
    before = everything.take(everything.day < cutoff)
    case = case_of(before, (cutoff,) * 6)
    later = replace(case, signals=registry.fit(replace(case.known, interactions=everything)))
    pairs = {signal.spec.name: (signal.spec.family, found) for signal, _, found in later.answers()}
    for signal, _, found in case.answers():
        family, other = pairs[signal.spec.name]
        if family in ("popularity", "interests"):
            np.testing.assert_allclose(found, other, rtol=1e-4, atol=1e-5, err_msg=signal.spec.name)


@shared
@given(data=st.data())
def test_whoever_is_nominated_an_item_for_their_history_is_told_which_item_of_it(
    cases: st.SearchStrategy[Case], data: st.DataObject
) -> None:
    case = data.draw(cases)
    for signal, _, found in case.answers():
        if isinstance(signal, Because):
            history = (
                case.requests.history if signal.spec.name == "attention" else case.requests.history.first_positives
            )
            own = [set(history.item[history.user == row].tolist()) for row in range(6)]
            request, item = (places.ravel().astype(np.int32) for places in np.indices((6, 6)))
            because = signal.because(case.requests, request, item)
            for row, column, (reason, *others) in zip(
                request.tolist(), item.tolist(), because.item.tolist(), strict=True
            ):
                assert {reason, *others} <= own[row] | {-1}, signal.spec.name
                assert column not in {reason, *others}, signal.spec.name
                assert reason != -1 or column in own[row] or found[row, column] <= 0, signal.spec.name


@shared
@given(data=st.data())
def test_the_interest_that_speaks_for_an_item_is_one_that_it_is_of(
    cases: st.SearchStrategy[Case], data: st.DataObject
) -> None:
    case = data.draw(cases)
    request, item = (places.ravel().astype(np.int32) for places in np.indices((6, 6)))
    for signal, _, found in case.answers():
        if isinstance(signal, BecauseInterest):
            interests = signal.interest(case.profiles, request, item).reshape(6, 6)
            taste = case.profiles.transferred if signal.spec.transfers else case.profiles.observed.distribution
            assert set(interests[:, 0].tolist()) <= {0, -1}, signal.spec.name
            assert set(interests[:, 5].tolist()) <= {1, -1}, signal.spec.name
            assert (interests[found[:, 5] > 0, 5] == np.where(taste[found[:, 5] > 0, 1] >= 0.5, 1, -1)).all()
