"""What models are fitted on comes before the cutoff, and what they are asked for after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.events.held_out import some_items
from recsys.events.interactions import Interactions, Mask
from recsys.events.side import nothing
from recsys.events.split import keep, last_visit
from recsys.interests.stage import ItemInterests
from recsys.ranking import models
from recsys.ranking.ranker import backcast, kinds
from recsys.ranking.ranker.backcast import HIDDEN, LATER, Backcast, generator
from recsys.ranking.ranker.kinds import held_out
from recsys.ranking.ranker.routing import EXPERTS
from recsys.ranking.ranker.stage import fit_rankers
from recsys.ranking.signals.text import similar_texts
from recsys.ranking.world import World
from recsys.settings import load
from tests.ranking.ranker.histories import DOMAIN, N_ITEMS, N_USERS, SEEDS, anything, pairs

History = Callable[..., Interactions]


def world(n_users: int = N_USERS, n_items: int = N_ITEMS, timed: bool = True, domains: bool = False) -> World:
    membership = np.eye(2, dtype=np.float32)[np.arange(n_items) % 2]
    directions = membership - np.float32(0.5)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    side = nothing(n_users, n_items)
    if domains:
        side = replace(side, domain=DOMAIN, domains=("books", "films"))
    return World(
        ItemInterests(membership, directions), similar_texts(directions), side, np.ones(n_items, bool), timed=timed
    )


def cutoff_of(known: Interactions) -> float:
    return float(np.quantile(known.day, 1 - LATER, method="higher"))


def drawn(known: Interactions, seed: int) -> tuple[Mask, Mask]:
    """Users and items that a backcast of this seed hides."""
    rng = generator(seed, 0)
    hidden = rng.random(known.n_users) < HIDDEN
    return hidden, some_items(known, HIDDEN, rng)


def cast_of(known: Interactions, seed: int, **more: bool) -> Backcast:
    return backcast.of(known, world(**more), generator(seed, 0))


@settings(max_examples=30)
@given(seed=SEEDS, domains=st.booleans())
def test_models_know_nothing_after_the_cutoff_and_nothing_of_hidden_users_and_items(seed: int, domains: bool) -> None:
    events = anything(seed)
    (hidden, new), known = drawn(events, seed), cast_of(events, seed, domains=domains).known
    assert (known.day < cutoff_of(events)).all()
    assert not hidden[known.user].any()
    assert not new[known.item].any()
    kept = (events.day < cutoff_of(events)) & ~hidden[events.user] & ~new[events.item]
    assert len(known.user) == np.count_nonzero(kept) > 0


def test_of_many_users_and_items_few_are_hidden_and_without_times_few_lose_their_last_positives(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, most in (("MAX_HIDDEN_USERS", 20), ("MAX_HIDDEN_ITEMS", 5), ("MAX_REQUESTS", 30)):
        monkeypatch.setattr(backcast, name, most)
    events = history([(user, (user + step) % 100, 1, step) for user in range(400) for step in range(6)], 400, 100)
    cast = backcast.of(events, world(400, 100, timed=False), generator(7, 0))
    known, last = pairs(cast.known), {(user, (user + 5) % 100) for user in range(400)}
    users, items = set(cast.known.user.tolist()), set(cast.known.item.tolist())
    cut = {user for user, item in last - known if user in users and item in items}
    assert 0 < 400 - len(users) < 40
    assert 0 < 100 - len(items) < 15
    assert 30 < len(cut) <= 60  # some of the 60 are hidden


@settings(max_examples=30)
@given(seed=SEEDS, domains=st.booleans())
def test_every_request_comes_at_or_after_the_cutoff_or_from_a_hidden_user(seed: int, domains: bool) -> None:
    events = anything(seed)
    hidden, _ = drawn(events, seed)
    for kind, split, _ in cast_of(events, seed, domains=domains).asked:
        later = split.requests.at >= cutoff_of(events)
        assert (later | hidden[split.requests.user]).all(), kind


@settings(max_examples=30)
@given(seed=SEEDS, timed=st.booleans(), domains=st.booleans(), whole_days=st.booleans())
def test_no_target_is_known_to_the_models_or_lies_in_the_history(
    seed: int, timed: bool, domains: bool, whole_days: bool
) -> None:
    cast = cast_of(anything(seed, whole_days), seed, timed=timed, domains=domains)
    known = pairs(cast.known.take(cast.known.positive))
    for kind, split, _ in cast.asked:
        assert np.diff(split.targets.indptr).min() > 0, kind
        assert not split.targets.multiply(split.requests.history.seen).nnz, kind
        rows, items = split.targets.nonzero()
        asked = set(zip(split.requests.user[rows].tolist(), items.tolist(), strict=True))
        assert not asked & known, kind


@settings(max_examples=30)
@given(seed=SEEDS)
def test_no_history_holds_what_comes_after_its_request(seed: int) -> None:
    for _, split, _ in cast_of(anything(seed, whole_days=False), seed, domains=True).asked:
        history = split.requests.history
        assert (history.day < split.requests.at[history.user]).all()


@settings(max_examples=30)
@given(seed=SEEDS, shuffled=SEEDS)
def test_what_comes_after_the_cutoff_changes_nothing_that_models_are_fitted_on(seed: int, shuffled: int) -> None:
    """What later events are about is passed on among them."""
    events = anything(seed)
    later = np.flatnonzero(events.day >= cutoff_of(events))
    others = np.arange(len(events.day))
    others[later] = np.random.default_rng(shuffled).permutation(later)
    changed = replace(events, item=events.item[others], weight=events.weight[others])
    known, same = (cast_of(some, seed).known for some in (events, changed))
    for name in ("user", "item", "weight", "day"):
        assert getattr(known, name).tolist() == getattr(same, name).tolist()


@settings(max_examples=30)
@given(seed=SEEDS)
def test_items_are_ranked_among_those_that_are_hidden_or_among_the_others(seed: int) -> None:
    events = anything(seed)
    _, new = drawn(events, seed)
    for kind, split, pool in cast_of(events, seed, domains=True).asked:
        assert pool is not None
        assert not (pool & (~new if kind == "new items" else new)).any()
        if kind == "new to a domain":
            history = split.requests.history
            assert not set(DOMAIN[pool]) & set(DOMAIN[history.item[history.positive]])


@pytest.mark.parametrize("least", [0, 8, 20, 1000])
def test_kinds_come_as_they_came_and_are_topped_up_from_hidden_users(
    least: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backcast, "MIN_REQUESTS", least)
    events = anything(3)
    (hidden, _), whole = drawn(events, 3), last_visit(events)[1].requests
    later = whole.at >= cutoff_of(events)
    more, came = (int(np.count_nonzero(some)) for some in (hidden[whole.user] & ~later, later))
    (made,) = (split.requests for kind, split, _ in cast_of(events, 3).asked if kind == "start of a visit")
    assert np.count_nonzero(made.at >= cutoff_of(events)) == came > 8
    assert len(made) == came + min(more, max(least - came, 0))


def test_within_a_visit_hidden_users_are_asked_at_several_places_of_their_histories(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of ten positives the last two, and of hidden users the last four and eight besides."""
    monkeypatch.setattr(kinds, "WITHIN", (1, 2, 4))
    events = history([(user, item, 1, 100 * user + item) for user in range(9) for item in range(10)], 10, 10)
    hidden, _ = drawn(events, 8)
    cast = backcast.of(events, world(10, 10, timed=False), generator(8, 0))
    (within,) = (split for kind, split, _ in cast.asked if kind == "within a visit")
    (user,) = np.flatnonzero(hidden)
    counts = np.diff(within.targets.indptr)[within.requests.user == user]
    assert sorted(counts.tolist()) == [2, 4, 8]


def test_of_more_requests_of_a_kind_than_needed_a_sample_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backcast, "MAX_REQUESTS", 5)
    monkeypatch.setattr(backcast, "MIN_REQUESTS", 0)
    assert max(len(split.requests) for _, split, _ in cast_of(anything(3), 3).asked) == 5


def test_without_times_each_users_last_positives_are_the_cut(history: History) -> None:
    """Of ten positives each the last two; who has but two keeps them. All are asked at the end of what is known."""
    events = history(
        [(user, item, 1, 100 * user + item) for user in range(9) for item in range(10)] + [(9, 0, 1, 1), (9, 1, 1, 2)],
        10,
        10,
    )
    cast = backcast.of(events, world(10, 10, timed=False), generator(8, 0))
    hidden, new = drawn(events, 8)
    kept = {(user, item) for user, item in pairs(events) if item < 8 and not hidden[user] and not new[item]}
    assert held_out(events) == 2
    assert pairs(cast.known) == kept | ({(9, 0), (9, 1)} & pairs(cast.known))
    assert {kind for kind, _, _ in cast.asked} == {"within a visit", "new users", "new items"}
    (within,) = (split for kind, split, _ in cast.asked if kind == "within a visit")
    others = keep(within, ~hidden[within.requests.user])
    assert len(others.requests) == np.count_nonzero(~hidden[:9])
    assert others.targets.nonzero()[1].tolist() == [8, 9] * len(others.requests)
    assert {float(at) for _, split, _ in cast.asked for at in split.requests.at} == {cast.known.end}


def test_without_times_new_users_are_asked_for_all_the_rest() -> None:
    events = replace(anything(4), weight=np.ones(400, np.float32), day=np.arange(400.0))
    (made,) = (split for kind, split, _ in cast_of(events, 4, timed=False).asked if kind == "new users")
    history = np.asarray(made.requests.history.positives.sum(axis=1)).ravel()
    everything = np.asarray(events.positives[made.requests.user].sum(axis=1)).ravel()
    assert (history + np.asarray(made.targets.sum(axis=1)).ravel() == everything).all()


def test_requests_of_one_user_new_to_a_domain(history: History) -> None:
    """User 0 chose books, then came to films after the cutoff; the others chose books alone."""
    books = [(user, (user + step) % 6, 1, step) for user in range(N_USERS) for step in range(5)]
    events = history([*books, (0, 7, 1, 5), (0, 8, 1, 5)], N_USERS, N_ITEMS)
    seed = next(seed for seed in range(99) if not drawn(events, seed)[0][0])
    asked = cast_of(events, seed, domains=True).asked
    (made,) = (part for part in asked if part.kind == "new to a domain")
    assert made.split.requests.user.tolist() == [0]
    assert made.split.targets.nonzero()[1].tolist() == [7, 8]
    assert made.pool is not None
    assert set(DOMAIN[made.pool]) == {1}


def test_two_backcasts_are_made_where_users_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Interactions] = []

    def listening(known: Interactions, *_: object) -> None:
        seen.append(known)

    monkeypatch.setattr(models, "fit", listening)
    monkeypatch.setattr(backcast, "answered", lambda *_: [])
    cast = partial(backcast.examples, anything(1), world(), load([]))
    cast()
    assert len(seen) == 2
    assert pairs(seen[0]) != pairs(seen[1])
    monkeypatch.setattr(backcast, "SMALL", anything(1).n_users)
    cast()
    assert len(seen) == 3


def test_who_is_hidden_is_drawn_apart_from_whom_an_evaluation_of_the_same_seed_hides() -> None:
    hidden, cast, other = (
        rng.random(1000) < 0.2 for rng in (np.random.default_rng(7), generator(7, 0), generator(7, 1))
    )
    for one, two in ((hidden, cast), (hidden, other), (cast, other)):
        assert 20 < np.count_nonzero(one & two) < 60


FEW: dict[str, Sequence[tuple[int, int, float, float]]] = {
    "no event": [],
    "one event": [(0, 0, 1, 0)],
    "no positive after the cutoff": [*((user, user % 3, 1, user) for user in range(10)), (0, 1, -1, 99), (1, 2, 0, 99)],
    "nothing but dislike": [(user, user % 3, -1, user) for user in range(10)],
    "ten events": [(user % 4, user % 3, 1, user) for user in range(10)],
    "one user": [(0, item, 1, item) for item in range(3)],
    "everything at once": [(user, item, 1, 5) for user in range(5) for item in range(3)],
}


@pytest.mark.parametrize("timed", [True, False], ids=["timed", "untimed"])
@pytest.mark.parametrize("events", FEW.values(), ids=FEW)
def test_of_next_to_nothing_there_are_few_examples_or_none(
    events: Sequence[tuple[int, int, float, float]], timed: bool, history: History
) -> None:
    chosen = load([])
    found = backcast.examples(history(events, 10, 3), world(10, 3, timed), chosen)
    assert all(len(kind.positive) == len(kind.candidates.item) for kind in found)
    assert len(fit_rankers(found, chosen)[0].experts) == len(EXPERTS)
