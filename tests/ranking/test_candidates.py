"""Candidates: who nominates them, and where they stand among each signal's nominees."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.events.interactions import Floats, Interactions
from recsys.events.split import Requests, now
from recsys.ranking.candidates import BELOW, Candidates, Column, columns_of, concatenate, nominate
from recsys.ranking.context import CONTEXT, ItemFacts
from recsys.ranking.signals.answers import ByTime
from recsys.ranking.signals.contract import Phrases, Signal, Spec
from recsys.transfer.model import Profiles

History = Callable[..., Interactions]
Ask = Callable[..., Candidates]


@dataclass(frozen=True)
class Scores:
    """A signal of literal scores, (n_requests, n_items)."""

    table: Sequence[Sequence[float]]
    name: str = "own"
    transfers: bool = False

    @property
    def spec(self) -> Spec:
        return Spec(self.name, "text", Phrases(self.name, self.name), transfers=self.transfers)

    def ask(self, requests: Requests, profiles: Profiles) -> ByTime:
        rows = np.array(self.table, np.float32).reshape(len(requests), -1)
        return ByTime(rows, np.arange(len(requests), dtype=np.int32))


@pytest.fixture(scope="module")
def ask(profiles: Callable[[Floats, Floats], Profiles]) -> Ask:
    """Candidates of users at day 100, among items of which the first has most events, and so on."""

    def build(
        signals: Sequence[Signal], known: Interactions, closed: Sequence[int] = (), most: int = 3, least: int = 0
    ) -> Candidates:
        requests, nothing = now(known, 100.0), np.zeros((known.n_users, 2), np.float32)
        one_domain, events = np.zeros(known.n_items, np.int32), np.arange(known.n_items - 1, -1, -1, dtype=np.int32)
        facts = ItemFacts(np.full(known.n_items, 90.0), events, one_domain)
        available = ~np.isin(np.arange(known.n_items), closed)
        return nominate(signals, requests, profiles(nothing, nothing), facts, available, most, least)

    return build


def column(candidates: Candidates, name: str, kind: str) -> list[float]:
    (place,) = (place for place, each in enumerate(candidates.columns) if (each.name, each.kind) == (name, kind))
    return candidates.features[:, place].tolist()  # type: ignore[no-any-return]


def items(candidates: Candidates) -> list[list[int]]:
    return [candidates.item[candidates.request == row].tolist() for row in range(candidates.n_requests)]


SCORES = st.lists(st.integers(-5, 5), min_size=12, max_size=12)
EVENTS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 5), st.sampled_from([-1.0, 0, 1]), st.just(0)), max_size=9
)


@given(own=SCORES, theirs=SCORES, events=EVENTS, closed=st.lists(st.integers(0, 5)), least=st.integers(0, 6))
def test_seen_and_unavailable_items_are_never_nominated(
    ask: Ask, history: History, own: list[float], theirs: list[float], events: object, closed: list[int], least: int
) -> None:
    known = history(events, 2, 6)
    signals = [Scores([own[:6], own[6:]]), Scores([theirs[:6], theirs[6:]], "donors", True)]
    candidates = ask(signals, known, closed, most=2, least=least)
    for row, nominated in enumerate(items(candidates)):
        left = set(range(6)) - set(closed) - set(known.item[known.user == row].tolist())
        assert set(nominated) <= left
        assert nominated == sorted(set(nominated))
        assert min(least, len(left)) <= len(nominated)
    assert candidates.request.tolist() == sorted(candidates.request.tolist())
    assert np.isfinite(candidates.features).all()


def test_candidates_are_the_best_of_each_signal_together(ask: Ask, history: History) -> None:
    signals = [Scores([[9, 1, 8, 0, 7]]), Scores([[0, 0, 0, 2, 1]], "other")]
    assert items(ask(signals, history([], 1, 5), most=2)) == [[0, 2, 3, 4]]


def test_a_signal_that_abstains_nominates_nothing_and_drops_nothing(ask: Ask, history: History) -> None:
    assert items(ask([Scores([[0, 0, -1, 0]])], history([], 1, 4))) == [[]]
    signals = [Scores([[2, 1, 0, 0]]), Scores([[0, 0, 0, 0]], "abstains"), Scores([[0, -1, 0, 0]], "against")]
    assert items(ask(signals, history([], 1, 4))) == [[0, 1]]


def test_too_few_candidates_are_filled_up_with_items_of_most_events(ask: Ask, history: History) -> None:
    known = history([(0, 1, -1, 0)], 2, 6)
    signals = [Scores([[0, 0, 0, 0, 0, 3], [6, 5, 4, 3, 2, 1]])]
    assert items(ask(signals, known, closed=[2], most=3, least=3)) == [[0, 3, 4, 5], [0, 1, 3]]


def test_the_normalised_score_is_0_at_the_last_nominee_and_1_at_the_first_and_minus_1_at_least(
    ask: Ask, history: History
) -> None:
    candidates = ask([Scores([[8, 6, 4, 3, 0, -9]])], history([], 1, 6), most=3, least=6)
    assert column(candidates, "own", "score") == [8, 6, 4, 3, 0, -9]
    assert column(candidates, "own", "norm") == [1, 0.5, 0, -0.25, -1, -1]


def test_what_ties_with_the_last_nominee_and_is_none_stands_just_below_0(ask: Ask, history: History) -> None:
    candidates = ask([Scores([[8, 4, 4, 4]])], history([], 1, 4), most=2, least=4)
    assert column(candidates, "own", "norm") == pytest.approx([1, 0, BELOW, BELOW], abs=1e-9)


def test_nominees_of_one_score_all_stand_at_0(ask: Ask, history: History) -> None:
    assert column(ask([Scores([[2, 2, 2]])], history([], 1, 3)), "own", "norm") == [0, 0, 0]


def test_the_first_nominee_is_an_open_item(ask: Ask, history: History) -> None:
    candidates = ask([Scores([[99, 6, 4, 2]])], history([(0, 0, 1, 0)], 1, 4))
    assert column(candidates, "own", "norm") == [1, 0.5, 0]


def test_where_fewer_are_nominated_than_may_be_the_last_counts_as_0(ask: Ask, history: History) -> None:
    candidates = ask([Scores([[99, 8, 4, 2, 0]])], history([(0, 0, 1, 0)], 1, 5), most=4, least=4)
    assert column(candidates, "own", "norm") == pytest.approx([1, 0.5, 0.25, BELOW], abs=1e-9)


def test_each_request_has_a_scale_of_its_own(ask: Ask, history: History) -> None:
    candidates = ask([Scores([[3, 2, 1], [10, 30, 20]])], history([], 2, 3))
    assert column(candidates, "own", "norm") == [1, 0.5, 0, 0, 1, 0.5]


def test_every_signal_has_a_score_and_a_normalised_score_and_every_fact_a_column(ask: Ask, history: History) -> None:
    signals = [Scores([[2, 1]]), Scores([[1, 2]], "donors' items", True)]
    candidates = ask(signals, history([], 1, 2))
    assert candidates.columns == columns_of(signals)
    assert [(each.name, each.kind, each.transfers) for each in candidates.columns[:4]] == [
        ("own", "score", False),
        ("own", "norm", False),
        ("donors' items", "score", True),
        ("donors' items", "norm", True),
    ]
    assert [each.name for each in candidates.columns[4:]] == list(CONTEXT)
    assert candidates.places("norm").tolist() == [1, 3]
    assert candidates.of("item events") == pytest.approx(np.log1p([1, 0]))
    assert candidates.new.tolist() == [False, True]


def test_columns_of_one_name_and_kind_are_the_same_whatever_is_declared_of_them() -> None:
    spec = Spec("own", "text", Phrases("", ""))
    assert Column("own", "norm", spec) == Column("own", "norm")
    assert Column("own", "norm") != Column("own", "score")


LEVEL = st.lists(st.integers(-2, 3), min_size=8, max_size=8)


@given(own=LEVEL, theirs=LEVEL)
def test_without_transfer_is_what_own_signals_alone_nominate(
    ask: Ask, history: History, own: list[int], theirs: list[int]
) -> None:
    known, mine = history([(0, 3, 1, 0)], 1, 8), Scores([own])
    everything = ask([mine, Scores([theirs], "donors", True)], known)
    left, alone = everything.without_transfer(), ask([mine], known)
    kept = [place for place, each in enumerate(alone.columns) if each.name != "alpha"]
    assert left.columns == tuple(alone.columns[place] for place in kept)
    assert items(left) == items(alone)
    assert np.array_equal(left.features, alone.features[:, kept])


def test_without_transfer_drops_the_columns_of_donors_and_alpha(ask: Ask, history: History) -> None:
    signals = [Scores([[1, 2]]), Scores([[2, 1]], "donors' items", True)]
    left = ask(signals, history([], 1, 2)).without_transfer()
    assert [each.name for each in left.columns] == ["own", "own", *(name for name in CONTEXT if name != "alpha")]
    assert left.features.shape[1] == len(left.columns)


def test_without_transfer_keeps_what_fills_up(ask: Ask, history: History) -> None:
    signals = [Scores([[0, 0, 0, 0]]), Scores([[0, 0, 0, 5]], "donors' items", True)]
    candidates = ask(signals, history([], 1, 4), least=2)
    assert items(candidates) == [[0, 1, 3]]
    assert candidates.own.tolist() == [True, True, False]
    assert items(candidates.without_transfer()) == [[0, 1]]


def test_groups_of_requests_are_numbered_through(ask: Ask, history: History) -> None:
    first, second = (ask([Scores([[3, 2, 1]] * n)], history([], n, 3), most=2) for n in (1, 2))
    together = concatenate([first, second, first])
    assert items(together) == [[0, 1]] * 4
    assert together.n_requests == 4
    assert column(together, "own", "score") == [3, 2] * 4


def test_requests_without_candidates_are_counted_all_the_same(ask: Ask, history: History) -> None:
    nothing, something = (ask([Scores([[score, 0]])], history([], 1, 2)) for score in (0, 1))
    assert items(concatenate([nothing, something, nothing])) == [[], [0], []]


def test_some_of_the_candidates_are_taken_and_the_requests_stay(ask: Ask, history: History) -> None:
    candidates = ask([Scores([[3, 2, 1], [1, 2, 3]])], history([], 2, 3))
    taken = candidates.take(candidates.item == 2)
    assert items(taken) == [[2], [2]]
    assert column(taken, "own", "score") == [1, 3]
    assert taken.new.tolist() == [True, True]
    assert candidates.take(np.zeros(0, np.int32)).n_requests == 2
