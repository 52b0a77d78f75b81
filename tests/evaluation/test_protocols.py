"""Cuts of tiny shops, by hand: what is hidden, what is known, who is asked for what."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given as for_any
from hypothesis import strategies as st

from recsys.errors import DataError
from recsys.evaluation import protocols
from recsys.evaluation.protocols import noise
from recsys.evaluation.protocols.cut import Cut, Given
from recsys.events.interactions import Interactions
from recsys.events.side import SideInformation, nothing
from recsys.settings import EvaluationSettings

History = Callable[..., Interactions]
ONE_EACH = [(user, item, 1, 10 * user + item) for user in range(4) for item in range(5)]
"""Four users who choose items 0 to 4, one a day, each in a week of their own."""


def given(known: Interactions, side: SideInformation | None = None, timed: bool = True, **settings: Any) -> Given:
    membership = np.eye(known.n_items, dtype=np.float32)
    evaluation = EvaluationSettings(**{"leave_last": 2, **settings})
    return Given(known, side or nothing(known.n_users, known.n_items), membership, evaluation, timed)


def asked(cut: Cut) -> dict[int, tuple[list[int], list[int]]]:
    """Liked items of the history, and items wanted, by user."""
    requests, split = cut.split.requests, cut.split
    liked = requests.history.take(requests.history.positive)
    return {
        int(user): (liked.item[liked.user == row].tolist(), split.targets[[row]].indices.tolist())
        for row, user in enumerate(requests.user)
    }


def pool(cut: Cut) -> list[int]:
    assert cut.pool is not None
    return np.flatnonzero(cut.pool).tolist()


def events(known: Interactions) -> set[tuple[int, int, float]]:
    return set(zip(known.user.tolist(), known.item.tolist(), known.day.tolist(), strict=True))


def again(known: Interactions) -> Interactions:
    """The same where everything may be repeated."""
    return replace(known, repeatable=np.ones(len(known.user), bool))


@pytest.fixture
def shop(history: History) -> Interactions:
    return history(ONE_EACH, 4, 5)


@pytest.fixture
def domains() -> SideInformation:
    """Items 0 to 2 are books, 3 and 4 films."""
    return replace(nothing(4, 5), domain=np.array([0, 0, 0, 1, 1], np.int32), domains=("books", "films"))


@pytest.fixture
def friends() -> SideInformation:
    """Users 0 and 1 follow each other; nobody else follows anybody."""
    links = sp.csr_matrix((np.ones(2, np.float32), ([0, 1], [1, 0])), shape=(4, 4))
    return replace(nothing(4, 5), graph=links)


def test_global_time_knows_nothing_after_its_time_of_anybody(shop: Interactions) -> None:
    (cut,) = protocols.cuts("global-time", given(shop, late_share=0.6))
    assert cut.known.day.max() < cut.split.requests.at.min() == cut.split.requests.at.max() == 13
    assert asked(cut) == {1: ([0, 1, 2], [3, 4])}  # users 2 and 3 come later, user 0 has chosen all before


def test_global_time_needs_times(shop: Interactions) -> None:
    with pytest.raises(DataError, match=r"needs times[\s\S]*occurred_at"):
        protocols.cuts("global-time", given(shop, timed=False))


def test_cold_items_are_known_to_nobody_and_ranked_among_themselves(shop: Interactions) -> None:
    (cut,) = protocols.cuts("cold-items", given(shop, new_item_share=0.5))
    new = set(pool(cut))
    assert 0 < len(new) < 5
    assert not new & set(cut.known.item.tolist())
    for liked, wanted in asked(cut).values():
        assert wanted == sorted(new)[-2:]
        assert liked == [item for item in range(min(wanted)) if item not in new]


def test_what_somebody_had_of_the_cold_items_before_is_closed_and_says_nothing(shop: Interactions) -> None:
    (cut,) = protocols.cuts("cold-items", given(shop, new_item_share=0.8, leave_last=1))
    history, new = cut.split.requests.history, pool(cut)
    assert set(history.item[history.weight == 0]) == set(new[:-1])
    assert cut.split.targets.multiply(history.seen).nnz == 0


def test_cross_domain_asks_new_users_to_a_domain_for_all_they_chose_there(
    shop: Interactions, domains: SideInformation
) -> None:
    (cut,) = protocols.cuts("cross-domain", given(shop, domains, cold_share=1.0))  # everybody starts with books
    assert cut.protocol == "cross-domain films"
    assert pool(cut) == [3, 4]
    assert asked(cut) == {user: ([0, 1, 2], [3, 4]) for user in range(4)}
    assert set(cut.known.item.tolist()) == {0, 1, 2}


def test_cross_domain_knows_nothing_that_a_newcomer_did_after_entering(
    history: History, domains: SideInformation
) -> None:
    back = history([*ONE_EACH, (0, 1, 1, 8), (1, 3, -1, 9)], 4, 5)  # a book after the films; a film disliked first
    (cut,) = protocols.cuts("cross-domain", given(back, domains, cold_share=1.0))
    assert asked(cut)[0] == ([0, 1, 2], [3, 4])
    assert {(0, 1, 8.0), (1, 3, 9.0)} & events(cut.known) == set()


def test_cross_domain_tells_pairs_apart_where_there_are_three_domains(shop: Interactions) -> None:
    three = replace(nothing(4, 5), domain=np.array([0, 0, 0, 1, 2], np.int32), domains=("books", "films", "games"))
    found = protocols.cuts("cross-domain", given(shop, three, cold_share=1.0))
    groups = {name: len(rows) for cut in found for name, rows in cut.groups.items()}
    assert set(groups) <= {"books → films", "films → games", "books → games"}
    assert "books → films" in groups
    assert "books → games" not in groups  # who comes to the games has been to the films as well


def test_cross_domain_needs_two_domains(shop: Interactions) -> None:
    with pytest.raises(DataError, match="needs two domains"):
        protocols.cuts("cross-domain", given(shop))


def test_social_new_users_have_links_and_want_all_the_rest(shop: Interactions, friends: SideInformation) -> None:
    none, cut = protocols.cuts("social", given(shop, friends, cold_share=1.0, social_revealed=(0, 1)))
    assert (none.protocol, asked(none)) == ("social-0", {user: ([], [0, 1, 2, 3, 4]) for user in (0, 1)})
    assert (cut.protocol, asked(cut)) == ("social-1", {user: ([0], [1, 2, 3, 4]) for user in (0, 1)})
    assert set(none.known.user.tolist()) == {2, 3}


def test_social_needs_links(shop: Interactions) -> None:
    with pytest.raises(DataError, match="needs links"):
        protocols.cuts("social", given(shop))


def test_drift_parts_those_whose_known_taste_has_turned(history: History) -> None:
    turns = [(user, 0 if user or day < 12 else 1, 1, day) for user in range(6) for day in range(24)]
    (cut,) = protocols.cuts("drift", given(again(history(turns, 6, 2))))
    assert {name: rows.tolist() for name, rows in cut.groups.items()} == {"turned": [0], "steady": [1, 2, 3, 4, 5]}


def test_what_is_hidden_has_no_say_in_who_has_turned(history: History) -> None:
    steady = again(history([(user, int(user > 2), 1, day) for user in range(6) for day in range(24)], 6, 2))
    hidden = steady.order_from_end < 2
    other = replace(steady, item=np.where(hidden, 1 - steady.item, steady.item).astype(np.int32))
    first, second = (protocols.cuts("drift", given(known))[0].groups for known in (steady, other))
    assert {name: rows.tolist() for name, rows in first.items()} == {
        name: rows.tolist() for name, rows in second.items()
    }


def test_nobody_with_a_short_history_turns(shop: Interactions) -> None:
    assert protocols.cuts("drift", given(shop)) == []


def test_noise_asks_what_warm_asks_of_histories_with_random_events(shop: Interactions) -> None:
    (cut,) = protocols.cuts("noise", given(shop, noise_share=1.0))
    assert cut.clean is not None
    assert cut.split.weights is cut.clean.split.weights
    assert events(cut.known) > events(cut.clean.known)
    assert cut.split.targets.multiply(cut.split.requests.history.seen).nnz == 0
    assert (np.diff(cut.split.requests.history.starts) <= 2 * np.diff(cut.clean.split.requests.history.starts)).all()


def test_a_random_event_follows_another_at_its_time_and_is_as_loud(history: History) -> None:
    known, wanted = history([(0, 0, 0.5, 1), (0, 1, -2, 2)], 1, 50), sp.csr_matrix((1, 50))
    mixed = noise.mixed(known, 1.0, wanted, np.random.default_rng(0))
    assert (mixed.weight.tolist(), mixed.day.tolist()) == ([0.5, 0.5, -2, 2], [1, 1, 2, 2])
    assert mixed.item[[0, 2]].tolist() == [0, 1]


def test_no_random_event_follows_one_that_weighs_nothing(history: History) -> None:
    known = history([(0, 0, 0, day) for day in range(9)], 1, 50)
    assert len(noise.mixed(known, 1.0, sp.csr_matrix((1, 50)), np.random.default_rng(0)).user) == 9


def test_a_random_event_is_of_the_action_of_the_one_it_follows(history: History) -> None:
    known = replace(
        history([(0, 0, 1, 1), (0, 1, 1, 2)], 1, 3),
        repeatable=np.array([True, False]),
        grade=np.array([1, 0.25], np.float32),
    )
    mixed = noise.mixed(known, 1.0, sp.csr_matrix((1, 3), dtype=np.float32), np.random.default_rng(0))
    assert mixed.repeatable is not None
    assert mixed.grade is not None
    assert mixed.repeatable.tolist() == [True, True, False, False]
    assert mixed.grade.tolist() == [1, 1, 0.25, 0.25]


def test_without_times_everybody_is_asked_at_the_end(shop: Interactions) -> None:
    for name in ("warm", "cold-users"):
        for cut in protocols.cuts(name, given(shop, timed=False, cold_share=0.5)):
            assert set(cut.split.requests.at.tolist()) == {34.0}


def test_a_daily_run_asks_at_one_time_where_times_are_known_and_many_return(history: History) -> None:
    def names(users: int, timed: bool = True) -> set[str]:
        days = [(user, item, 1, 20 * item) for user in range(users) for item in range(5)]
        return {cut.protocol for cut in protocols.daily(given(history(days, users, 5), nothing(users, 5), timed))}

    assert "global-time" in names(protocols.PEOPLE)
    assert {"warm", "cold-0"} <= names(protocols.PEOPLE)
    assert "global-time" not in names(protocols.PEOPLE - 1)
    assert "global-time" not in names(protocols.PEOPLE, timed=False)


def test_a_daily_run_asks_known_users_and_new_users_of_the_same_models(shop: Interactions) -> None:
    cuts = {cut.protocol: cut for cut in protocols.daily(given(shop, cold_share=0.5, cold_revealed=(0,)))}
    known_users, new_users = cuts["warm"], cuts["cold-0"]
    assert known_users.known is new_users.known
    hidden = set(new_users.split.requests.user.tolist())
    assert hidden
    assert hidden.isdisjoint(known_users.split.requests.user.tolist())
    assert hidden.isdisjoint(known_users.known.user.tolist())
    (alone,) = protocols.cuts("warm", given(shop))
    assert asked(known_users).items() <= asked(alone).items()


def test_asked_again_a_protocol_cuts_the_same(shop: Interactions, friends: SideInformation) -> None:
    first, second = (protocols.cuts("social", given(shop, friends, cold_share=0.9)) for _ in range(2))
    assert [asked(cut) for cut in first] == [asked(cut) for cut in second]


@for_any(
    data=st.data(), name=st.sampled_from(["warm", "global-time", "cold-users", "cold-items", "cross-domain", "noise"])
)
def test_nothing_hidden_is_known(data: st.DataObject, name: str, histories: st.SearchStrategy[Interactions]) -> None:
    whole = data.draw(histories)
    side = replace(nothing(5, 6), domain=np.array([0, 0, 1, 1, 2, 2], np.int32), domains=("a", "b", ""))
    try:
        cuts = protocols.cuts(name, given(whole, side, cold_share=0.5, new_item_share=0.5, late_share=0.3))
    except DataError:
        return
    for cut in cuts:
        wanted = {
            (int(cut.split.requests.user[row]), int(item))
            for row, item in zip(*cut.split.targets.nonzero(), strict=True)
        }
        liked = cut.known.take(cut.known.positive)
        assert not wanted & set(zip(liked.user.tolist(), liked.item.tolist(), strict=True))
        assert cut.split.targets.multiply(cut.split.requests.history.seen).nnz == 0
        requested_at = cut.split.requests.at[cut.split.requests.history.user]
        assert (cut.split.requests.history.day <= requested_at).all()
