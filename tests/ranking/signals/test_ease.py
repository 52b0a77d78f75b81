"""EASE against the formula of the paper."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.events.interactions import Interactions
from recsys.events.split import now
from recsys.ranking.signals import ease
from recsys.ranking.signals.ease import of
from recsys.ranking.signals.item_to_item import strongest
from tests.ranking.signals.tables import NO_PROFILES, TODAY, asks, by_hand, scores

History = Callable[..., Interactions]
Numbers = np.ndarray


def drawn(seed: int, n_users: int, n_items: int) -> Numbers:
    """Any positives, (n_users, n_items)."""
    return np.random.default_rng(seed).integers(0, 2, (n_users, n_items)).astype(np.float64)


def interactions(X: Numbers) -> Interactions:
    user, item = (part.astype(np.int32) for part in np.nonzero(X))
    return Interactions(user, item, np.ones(len(user), np.float32), np.arange(float(len(user))), *X.shape)


def paper(X: Numbers, l2: float) -> Numbers:
    """Steck 2019, equation 8: P = (XᵀX + λI)⁻¹, B = I − P / diag(P)."""
    P = np.linalg.inv(X.T @ X + l2 * np.eye(X.shape[1]))
    return np.asarray(np.eye(X.shape[1]) - P / np.diag(P))


@pytest.mark.parametrize(("n_users", "n_items"), [(6, 9), (30, 8), (7, 7)])
@given(seed=st.integers(0, 1000), l2=st.floats(0.5, 300))
def test_in_neighbourhoods_that_hold_all_items_ease_is_the_formula_of_the_paper(
    n_users: int, n_items: int, seed: int, l2: float
) -> None:
    X = drawn(seed, n_users, n_items)
    X[0] = 1  # else two items without a common user lie in different neighbourhoods
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ease, "AT_ONCE", 3)
        signal = of(interactions(X), l2)
    assert signal.links.toarray() == pytest.approx(paper(X, l2), abs=1e-3)
    assert scores(signal, now(interactions(X), TODAY)) == pytest.approx(X @ paper(X, l2), abs=1e-3)


def test_a_neighbourhood_holds_the_items_of_highest_cosine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Item 2 is near item 0 (cosine 2 / √6) rather than item 1 (1 / √6), and is solved with item 0 alone."""
    monkeypatch.setattr(ease, "NEIGHBOURHOOD", 1)
    X = np.array([[1, 0, 1], [1, 0, 1], [0, 1, 1], [0, 1, 0]], float)
    links = of(interactions(X), l2=1.0).links.toarray()
    assert links[:, 2] == pytest.approx([2 / (2 + 1), 0, 0])
    assert links[:, 1] == pytest.approx([0, 0, 1 / (3 + 1)])


def test_items_without_company_have_no_links() -> None:
    X = np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0]], float)
    links = of(interactions(X), l2=1.0).links.toarray()
    assert links == by_hand([0, 2 / 3, 0, 0], [2 / 3, 0, 0, 0], [0] * 4, [0] * 4)
    assert not of(interactions(np.eye(3)), l2=1.0).links.nnz


def test_an_item_that_nobody_chose_takes_no_part(history: History) -> None:
    links = of(history([(0, 0, 1, 0), (0, 2, 1, 1), (1, 1, -1, 0)], 2, 4), l2=1.0).links.toarray()
    assert links == by_hand([0, 0, 0.5, 0], [0] * 4, [0.5, 0, 0, 0], [0] * 4)


def test_of_a_long_history_the_latest_positives_go_together(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ease, "LONGEST", 2)
    links = of(history([(0, item, 1, item) for item in range(3)], 1, 3), l2=1.0).links.toarray()
    assert links == by_hand([0, 0, 0], [0, 0, 0.5], [0, 0.5, 0])


def test_the_strongest_links_alone_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strongest, "__defaults__", (1,))
    X = drawn(3, 30, 6)
    whole = paper(X, 1.0)
    kept = of(interactions(X), 1.0).links.toarray()
    assert (np.count_nonzero(kept, axis=1) == 1).all()
    assert np.abs(kept).max(axis=1) == pytest.approx(np.abs(whole).max(axis=1), abs=1e-3)


def test_without_positives_there_are_no_links(history: History) -> None:
    assert not of(history([(0, 1, -1, 0)], 2, 3), l2=1.0).links.nnz


def test_the_item_that_goes_with_another_speaks_for_it() -> None:
    signal = of(interactions(np.array([[1, 1, 0], [1, 1, 0], [0, 1, 1]], float)), l2=1.0)
    because = signal.because(asks(0, of=3), np.array([0, 0], np.int32), np.array([1, 2], np.int32))
    assert because.item[:, 0].tolist() == [0, -1]
    assert signal.ask(asks(0, of=3), NO_PROFILES).scores.shape == (1, 3)
