"""Scores of retrievers, worked out by hand."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from recsys.events.interactions import Floats, Interactions
from recsys.events.split import Requests, now
from recsys.ranking.retrievers import ease, own_items, recent, text, transitions
from recsys.ranking.retrievers.donor_items import DonorItems
from recsys.ranking.retrievers.interests import Interests
from recsys.ranking.retrievers.recent import Popular, latest_newcomers
from recsys.transfer.model import Profiles

History = Callable[..., Interactions]
MakeProfiles = Callable[[Floats, Floats], Profiles]

TODAY = 99.0
DIRECTIONS = np.array([[1, 0], [0.8, 0.6], [0, 1], [-1, 0], [0, 0]], np.float32)
"""Texts of five items; the last one has none."""


@pytest.fixture
def nobody(profiles: MakeProfiles) -> Profiles:
    """Profiles for retrievers that do not read them."""
    return profiles(np.zeros((1, 2), np.float32), np.zeros((1, 2), np.float32))


def asks(*items: int, of: int) -> Requests:
    """One user who chose these items, in this order."""
    chosen, days = np.array(items, np.int32), np.arange(len(items), dtype=float)
    return now(Interactions(np.zeros_like(chosen), chosen, np.ones(len(items), np.float32), days, 1, of), TODAY)


def by_hand(*rows: list[float]) -> object:
    return pytest.approx(np.array(rows), abs=1e-4)


def test_transitions_count_near_steps_more_and_popular_starts_less(history: History, nobody: Profiles) -> None:
    """User 0: 0, 1, 2; user 1: 0, dislikes 2, 1. So 0 → 1 twice, 0 → 2 two steps away, 1 → 2 once.

    Items 0 and 1 were each chosen twice: 2 / (2 + 3) of what came after them is believed.
    """
    fitted = transitions.fit(
        history([(0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 1, 2), (1, 0, 1, 0), (1, 2, -1, 1), (1, 1, 1, 2)], 2, 3), window=2
    )
    links: list[list[float]] = [[0, 0.4 * 2 / 2**0.5, 0.4 * 0.7 / 2**0.5], [0, 0, 0.4 / 2**0.5], [0, 0, 0]]
    assert fitted.links.toarray() == by_hand(*links)
    assert fitted.score(asks(0, of=3), nobody) == by_hand(links[0])
    assert fitted.score(asks(0, 1, of=3), nobody) == by_hand([0, 0.8 * 0.56569, 0.8 * 0.19799 + 0.28284])


def test_what_came_once_after_a_rare_item_says_less_than_what_often_came_after_another(history: History) -> None:
    """Item 1 came after item 0 once, of 1; item 3 after item 2 twice, of 4: divided by the root alone both were 1."""
    events = [(0, 0, 1, 0), (0, 1, 1, 1), *((user, 2, 1, 0) for user in range(1, 5)), (1, 3, 1, 1), (2, 3, 1, 1)]
    links = transitions.fit(history(events, 5, 4), window=1).links
    assert links[0, 1] == pytest.approx(1 / 4)
    assert links[2, 3] == pytest.approx(4 / 7)


def test_of_what_was_looked_at_steps_and_age_take_less_away(history: History, nobody: Profiles) -> None:
    """Item 2 was disliked, and is looked at all the same: two steps after item 0, 0.8 of a near one."""
    known = history([(0, 0, 1, 0), (0, 1, -1, 1), (0, 2, -1, 2)], 1, 3)
    fitted = transitions.fit_attention(known, window=2)
    assert fitted.links.toarray() == by_hand([0, 1 / 4, 0.8 / 4], [0, 0, 1 / 4], [0, 0, 0])
    assert fitted.score(asks(0, 1, of=3), nobody) == by_hand([0, 0.9 / 4, 0.9 * 0.8 / 4 + 1 / 4])


def test_transitions_do_not_leave_the_window_or_the_user(history: History) -> None:
    fitted = transitions.fit(history([(0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 1, 2), (1, 3, 1, 3)], 2, 4), window=1)
    assert set(zip(*map(list, fitted.links.nonzero()), strict=True)) == {(0, 1), (1, 2)}


def test_own_items_are_those_chosen_often_and_those_chosen_lately(history: History, nobody: Profiles) -> None:
    """Item 0 was chosen twice, item 1 last, item 2 disliked."""
    known = history([(0, 0, 1, 0), (0, 0, 0.5, 1), (0, 2, -1, 2), (0, 1, 1, 3)], 1, 4)
    asked = now(replace(known, repeatable=np.ones(4, bool)), TODAY)
    often, lately = own_items.fit(asked.history)
    assert often.score(asked, nobody) == by_hand([1.5, 1, 0, 0])
    assert lately.score(asked, nobody) == by_hand([0.9**2 + 0.5 * 0.9, 1, 0, 0])


@pytest.mark.parametrize(("n_users", "n_items"), [(6, 9), (9, 6), (7, 7)])
@given(seed=st.integers(0, 1000), l2=st.floats(0.5, 300))
def test_ease_is_the_formula_of_the_paper(n_users: int, n_items: int, seed: int, l2: float) -> None:
    """Steck 2019, equation 8: P = (XᵀX + λI)⁻¹, B = I − P / diag(P)."""
    X = np.random.default_rng(seed).integers(0, 2, (n_users, n_items)).astype(float)
    P = np.linalg.inv(X.T @ X + l2 * np.eye(n_items))
    B = np.eye(n_items) - P / np.diag(P)
    user, item = (part.astype(np.int32) for part in np.nonzero(X))
    known = Interactions(user, item, np.ones(len(user), np.float32), np.zeros(len(user)), n_users, n_items)
    assert ease.fit(known, l2).predict(known) == pytest.approx(X @ B, abs=1e-3)


@pytest.mark.parametrize("half_life", [1.0, 365.0])
def test_what_was_most_popular_stays_so_however_long_nobody_chose_anything(
    history: History, nobody: Profiles, half_life: float
) -> None:
    known = history([(0, 0, 1, 0), (1, 0, 1, 0), (2, 1, 1, 0), (0, 2, 0, 400)], 3, 3)
    scores = Popular(known, half_life, "popular").score(now(known, 900.0), nobody)
    assert scores.tolist() == [[1, 0.5, 0]] * 3


def test_text_finds_what_is_alike_and_the_closest_dominates(nobody: Profiles) -> None:
    fitted = text.fit(DIRECTIONS)
    near, far = 0.8**4, 0.6**4
    assert fitted.score(asks(0, of=5), nobody) == by_hand([0, near, 0, 0, 0])
    assert fitted.score(asks(0, 2, of=5), nobody) == by_hand([0, near + far, 0, 0, 0])
    assert fitted.score(asks(3, 4, of=5), nobody) == by_hand([0, 0, 0, 0, 0])


def test_text_keeps_so_many_of_the_most_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "ALIKE", 1)
    assert text.fit(DIRECTIONS).links.toarray()[1] == pytest.approx([0.8, 0, 0, 0, 0])


def test_text_is_the_same_in_blocks_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = text.fit(DIRECTIONS).links.toarray()
    monkeypatch.setattr(text, "CELLS", 9)
    assert text.fit(DIRECTIONS).links.toarray() == pytest.approx(whole)


def test_text_looks_at_the_latest_events(nobody: Profiles) -> None:
    """The first of 31 choices is forgotten."""
    texts = np.concatenate([DIRECTIONS, np.repeat(DIRECTIONS[3:4], 29, axis=0)])
    scores = text.fit(texts).score(asks(0, 3, *range(5, 34), of=34), nobody)
    assert scores[:, :5] == by_hand([0, 0, 0, 29, 0])


def test_a_shop_of_one_item_has_no_text_alike() -> None:
    assert text.fit(DIRECTIONS[:1]).links.nnz == 0


@pytest.mark.parametrize("transfers", [False, True])
def test_interests_are_the_probability_of_an_item(history: History, profiles: MakeProfiles, transfers: bool) -> None:
    """Popularity 2, 1, 1, 0; p(item | 0) = 2, 0, ½, 0 of 2½, p(item | 1) = 0, 1, ½, 0 of 1½; the user is 0.8, 0.2."""
    membership = np.array([[1, 0], [0, 1], [0.5, 0.5], [1, 0]], np.float32)
    known = history([(0, 0, 1, 5), (1, 0, 1, 5), (0, 1, 1, 5), (1, 2, 1, 5), (1, 3, -1, 5)], 2, 4)
    mine, other = np.array([[0.8, 0.2]], np.float32), np.array([[0.0, 1.0]], np.float32)
    profile = profiles(other, mine) if transfers else profiles(mine, other)
    scores = Interests(membership, known, 30.0, "interests", transfers).score(asks(0, of=4), profile)
    likely = [0.8 * 2 / 2.5, 0.2 * 1 / 1.5, 0.8 * 0.5 / 2.5 + 0.2 * 0.5 / 1.5, 0]
    assert scores / 1000 == by_hand(likely)
    assert scores.sum() == pytest.approx(1000)


def test_interests_say_the_same_long_after_the_last_choice(history: History, profiles: MakeProfiles) -> None:
    known = history([(0, 0, 1, 5), (1, 0, 1, 5), (0, 1, 1, 5)], 2, 2)
    mine, now, later = np.array([[0.8, 0.2]], np.float32), asks(0, of=2), asks(0, of=2)
    by_interests = Interests(np.eye(2, dtype=np.float32), known, 30.0, "interests", transfers=False)
    found = (by_interests.score(replace(one, at=np.array([at])), profiles(mine, mine)) for one, at in
             ((now, 6.0), (later, 10_000.0)))  # fmt: skip
    assert next(found) == pytest.approx(next(found))


def test_donors_items_are_shared_among_the_donors(nobody: Profiles) -> None:
    chosen = sp.csr_matrix(np.array([[1, 0, 0], [2, 4, 0], [0, 0, 9]], np.float32))
    nobody.voices["follows"] = sp.csr_matrix(np.array([[0.75, 0.25, 0]], np.float32))  # type: ignore[index]
    assert DonorItems("follows", chosen).score(asks(0, of=3), nobody) == by_hand([1.25, 1.0, 0])


def test_popularity_halves_and_counts_what_came_before_the_moment(history: History, nobody: Profiles) -> None:
    known = history([(0, 0, 1, 0), (1, 0, 2, 10), (1, 1, -1, 5), (0, 2, 1, 10), (1, 2, 1, 20)], 2, 3)
    popular = Popular(known, 10.0, "recent popularity")
    moments = Requests(
        known.of_users(np.array([0, 0, 0], np.int32)), np.array([20.0, 0.0, 10.0]), np.zeros(3, np.int32)
    )
    assert popular.score(moments, nobody) == by_hand([1, 0, 0.5 / 0.75], [0, 0, 0], [1, 0, 0])


def test_what_newcomers_chose_halves_with_those_who_come_and_not_with_the_days(
    history: History, nobody: Profiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three came within a day and one a year later; everybody chose an item of their own."""
    monkeypatch.setattr(recent, "FEWEST", 1.0)
    known = history([(0, 0, 1, 0), (1, 1, 1, 0.5), (2, 2, 1, 1), (3, 3, 1, 366)], 4, 4)
    asked = Requests(known.of_users(np.zeros(1, np.int32)), np.array([366.0]), np.zeros(1, np.int32))
    (found,) = latest_newcomers(known).score(asked, nobody)
    assert found == pytest.approx([0.25, 0.5, 1.0, 0.0], abs=1e-2)


@given(seed=st.integers(0, 1000))
def test_ease_with_texts_is_ease_with_a_user_for_each_dimension_of_the_texts(seed: int) -> None:
    rng = np.random.default_rng(seed)
    X, texts = rng.integers(0, 2, (6, 5)).astype(float), rng.normal(size=(5, 3)).astype(np.float32)
    rows = np.vstack([X, texts.T * ease.TEXT_WEIGHT**0.5])
    P = np.linalg.inv(rows.T @ rows + ease.TEXT_L2 * np.eye(5))
    user, item = (part.astype(np.int32) for part in np.nonzero(X))
    known = Interactions(user, item, np.ones(len(user), np.float32), np.zeros(len(user)), 6, 5)
    faded = np.zeros_like(X)
    faded[user, item] = ease.TEXT_FADE**known.order_from_end
    assert ease.fit_texts(known, texts).predict(known) == pytest.approx(faded @ (np.eye(5) - P / np.diag(P)), abs=1e-4)


def test_ease_with_texts_finds_a_new_item_that_reads_like_the_history(history: History) -> None:
    known = history([(0, 0, 1, 0), (1, 1, 1, 0)], 2, 3)
    texts = np.array([[1, 0], [0, 1], [0.9, 0.1]], np.float32)
    assert ease.fit_texts(known, texts).predict(known).argmax(axis=1).tolist() == [2, 2]


def test_the_items_chosen_least_often_take_no_part_in_a_matrix_too_large(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ease, "CELLS", 9)
    known = history([(user, item, 1, 0) for user in range(4) for item in range(user + 1)], 4, 4)
    fitted = ease.fit(known, 1.0)
    assert fitted.items.tolist() == [0, 1, 2]
    assert not fitted.predict(known)[:, 3].any()
    assert fitted.predict(known)[:, :3] == pytest.approx(
        ease.fit(known.take(known.item < 3), 1.0).predict(known)[:, :3]
    )
