from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.events.interactions import Floats, Interactions
from recsys.events.split import Requests, now
from recsys.ranking.features import CONTEXT, Candidates, ItemFacts, concatenate, item_facts, nominate
from recsys.ranking.retrievers.contract import Retriever
from recsys.transfer.model import Profiles

History = Callable[..., Interactions]
MakeProfiles = Callable[[Floats, Floats], Profiles]


@dataclass(frozen=True)
class Says:
    """A retriever of literal scores, (n_requests, n_items)."""

    scores: Sequence[Sequence[float]]
    name: str = "own"
    transfers: bool = False

    def score(self, requests: Requests, profiles: Profiles) -> Floats:
        return np.array(self.scores, np.float32).reshape(len(requests), -1)


@pytest.fixture(scope="module")
def asked(profiles: MakeProfiles) -> Callable[..., Candidates]:
    """Candidates of users at day 100, of a shop in which item 0 has 4 events, item 1 has 3, and so on."""

    def ask(
        retrievers: Sequence[Retriever], known: Interactions, closed: Sequence[int] = (), most: int = 3, least: int = 0
    ) -> Candidates:
        requests, nothing = now(known, 100.0), np.zeros((known.n_users, 2), np.float32)
        one_domain, events = np.zeros(known.n_items, np.int32), np.arange(known.n_items, 0, -1, dtype=np.int32)
        facts = ItemFacts(np.full(known.n_items, 90.0), events, one_domain)
        available = ~np.isin(np.arange(known.n_items), closed)
        return nominate(retrievers, requests, profiles(nothing, nothing), facts, available, most, least)

    return ask


def column(candidates: Candidates, name: str) -> list[float]:
    return candidates.features[:, candidates.names.index(name)].tolist()  # type: ignore[no-any-return]


def items(candidates: Candidates) -> list[list[int]]:
    return [candidates.item[candidates.request == row].tolist() for row in range(candidates.n_requests)]


Ask = Callable[..., Candidates]
SCORES = st.lists(st.integers(-5, 5), min_size=12, max_size=12)
EVENTS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 5), st.sampled_from([-1.0, 0, 1]), st.just(0)), max_size=9
)


@given(own=SCORES, theirs=SCORES, events=EVENTS, closed=st.lists(st.integers(0, 5)), least=st.integers(0, 6))
def test_seen_and_unavailable_items_are_never_nominated(
    asked: Ask, history: History, own: list[float], theirs: list[float], events: object, closed: list[int], least: int
) -> None:
    known = history(events, 2, 6)
    retrievers = [Says([own[:6], own[6:]]), Says([theirs[:6], theirs[6:]], "donors", True)]
    candidates = asked(retrievers, known, closed, most=2, least=least)
    for row, nominated in enumerate(items(candidates)):
        left = set(range(6)) - set(closed) - set(known.item[known.user == row].tolist())
        assert set(nominated) <= left
        assert nominated == sorted(set(nominated))
        assert min(least, len(left)) <= len(nominated)
    assert candidates.request.tolist() == sorted(candidates.request.tolist())
    assert np.isfinite(candidates.features).all()


def test_each_retriever_names_its_best(asked: Ask, history: History) -> None:
    retrievers = [Says([[9, 1, 8, 0, 7]]), Says([[0, 0, 0, 2, 1]], "other")]
    assert items(asked(retrievers, history([], 1, 5), most=2)) == [[0, 2, 3, 4]]


def test_a_retriever_with_nothing_to_say_names_nothing(asked: Ask, history: History) -> None:
    assert items(asked([Says([[0, 0, -1, 0]])], history([], 1, 4))) == [[]]


def test_a_retriever_with_nothing_to_say_takes_nothing_back(asked: Ask, history: History) -> None:
    retrievers = [Says([[2, 1, 0, 0]]), Says([[0, 0, 0, 0]], "silent"), Says([[0, -1, 0, 0]], "against")]
    assert items(asked(retrievers, history([], 1, 4), most=3)) == [[0, 1]]


def test_too_few_candidates_are_filled_up_with_items_of_most_events(asked: Ask, history: History) -> None:
    known = history([(0, 1, -1, 0)], 2, 6)
    retrievers = [Says([[0, 0, 0, 0, 0, 3], [6, 5, 4, 3, 2, 1]])]
    assert items(asked(retrievers, known, closed=[2], most=3, least=3)) == [[0, 3, 4, 5], [0, 1, 3]]


def test_standing_runs_from_the_last_nominee_to_the_first(asked: Ask, history: History) -> None:
    candidates = asked([Says([[8, 6, 4, 3, 0, -9]])], history([], 1, 6), most=3, least=6)
    assert column(candidates, "own") == [8, 6, 4, 3, 0, -9]
    assert column(candidates, "own standing") == [1, 0.5, 0, -0.25, -1, -1]


def test_standing_among_equals_is_0(asked: Ask, history: History) -> None:
    assert column(asked([Says([[2, 2, 2]])], history([], 1, 3), most=3), "own standing") == [0, 0, 0]


def test_standing_does_not_count_what_is_closed(asked: Ask, history: History) -> None:
    candidates = asked([Says([[99, 6, 4, 2]])], history([(0, 0, 1, 0)], 1, 4), most=3)
    assert column(candidates, "own standing") == [1, 0.5, 0]


def test_standing_among_the_few_that_are_open_runs_from_their_last_to_their_first(asked: Ask, history: History) -> None:
    candidates = asked([Says([[99, -2, -4, -6]])], history([(0, 0, 1, 0)], 1, 4), most=4, least=3)
    assert column(candidates, "own standing") == [1, 0.5, 0]


def test_the_context_tells_of_the_user_and_the_item(history: History, profiles: MakeProfiles) -> None:
    known = history([(0, 0, 1, 90), (0, 1, -1, 93)], 1, 3)
    nothing = profiles(np.zeros((1, 2), np.float32), np.zeros((1, 2), np.float32))
    observed = replace(nothing.observed, evidence=np.array([3.0], np.float32), events=np.array([7], np.int32))
    profile = replace(nothing, observed=observed, alpha=np.array([0.25], np.float32))
    requests = Requests(history([], 1, 3), np.array([97.0]), np.array([0], np.int32))
    facts = item_facts(known, np.zeros(3, np.int32))
    candidates = nominate([Says([[3, 2, 1]])], requests, profile, facts, np.ones(3, bool), 3, 0)
    assert column(candidates, "evidence") == pytest.approx([np.log(4)] * 3)
    assert column(candidates, "events") == pytest.approx([np.log(8)] * 3)
    assert column(candidates, "alpha") == [0.25] * 3
    assert column(candidates, "item age") == pytest.approx([np.log(8), np.log(5), -1])
    assert column(candidates, "item events") == pytest.approx([np.log(2), np.log(2), 0])


def test_recency_is_how_long_ago_the_user_was_last_seen(history: History, profiles: MakeProfiles) -> None:
    known, nothing = history([(0, 0, 1, 90), (0, 1, 0, 95), (1, 1, -1, 96)], 3, 3), np.zeros((3, 2), np.float32)
    requests, says = now(known, 97.0), [Says([[1, 1, 1]] * 3)]
    for timed, days in ((True, [7, 1]), (False, [0, 0])):
        facts = item_facts(known, np.zeros(3, np.int32), timed)
        candidates = nominate(says, requests, profiles(nothing, nothing), facts, np.ones(3, bool), 3, 0)
        assert [candidates.request.tolist().count(row) for row in range(3)] == [1, 2, 3]
        told = [np.log1p(days[0]), *[np.log1p(days[1])] * 2, *[-1] * 3]  # nothing is known of the third
        assert column(candidates, "recency") == pytest.approx(told)


def test_item_facts_know_the_first_day_and_the_number_of_events(history: History) -> None:
    facts = item_facts(history([(0, 1, 1, 7), (1, 1, -1, 3), (1, 0, 0, 9)], 2, 3), np.zeros(3, np.int32))
    assert facts.first_day.tolist() == [9, 3, np.inf]
    assert facts.events.tolist() == [1, 2, 0]


def test_the_context_tells_of_the_users_events_in_the_domain_of_the_item(
    history: History, profiles: MakeProfiles
) -> None:
    known, nothing = history([(0, 0, 1, 1), (0, 1, 1, 2), (0, 2, -1, 3)], 1, 5), np.zeros((1, 2), np.float32)
    facts = item_facts(known, np.array([0, 0, 1, 0, 1], np.int32))
    requests, says = now(known, 9.0), [Says([[1, 1, 1, 1, 1]])]
    candidates = nominate(says, requests, profiles(nothing, nothing), facts, np.ones(5, bool), 5, 0)
    assert items(candidates) == [[3, 4]]
    assert column(candidates, "events in domain") == pytest.approx([np.log(3), 0])


LEVEL = st.lists(st.integers(-2, 3), min_size=8, max_size=8)


@given(own=LEVEL, theirs=LEVEL)
def test_without_transfer_is_what_own_retrievers_alone_would_nominate(
    asked: Ask, history: History, own: list[int], theirs: list[int]
) -> None:
    known, mine = history([(0, 3, 1, 0)], 1, 8), Says([own])
    left = asked([mine, Says([theirs], "donors", True)], known).without_transfer()
    alone = asked([mine], known)
    kept = [place for place, name in enumerate(alone.names) if name != "alpha"]
    assert left.names == tuple(alone.names[place] for place in kept)
    assert items(left) == items(alone)
    assert np.array_equal(left.features, alone.features[:, kept])


def test_without_transfer_drops_the_features_of_donors_and_alpha(asked: Ask, history: History) -> None:
    retrievers = [Says([[1, 2]]), Says([[2, 1]], "donors' items", True)]
    candidates = asked(retrievers, history([], 1, 2))
    assert candidates.names == ("own", "own standing", "donors' items", "donors' items standing", *CONTEXT)
    left = candidates.without_transfer()
    assert left.names == ("own", "own standing", *(name for name in CONTEXT if name != "alpha"))
    assert not left.transfers.any()


def test_without_transfer_keeps_what_was_filled_up(asked: Ask, history: History) -> None:
    retrievers = [Says([[0, 0, 0, 0]]), Says([[0, 0, 0, 5]], "donors' items", True)]
    candidates = asked(retrievers, history([], 1, 4), least=2)
    assert items(candidates) == [[0, 1, 3]]
    assert items(candidates.without_transfer()) == [[0, 1]]


def test_groups_of_requests_are_numbered_through(asked: Ask, history: History) -> None:
    one, two = (asked([Says([[3, 2, 1]] * n)], history([], n, 3), most=2) for n in (1, 2))
    both = concatenate([one, two, one])
    assert items(both) == [[0, 1]] * 4
    assert both.n_requests == 4
    assert column(both, "own") == [3, 2] * 4
