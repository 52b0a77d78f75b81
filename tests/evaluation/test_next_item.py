"""The protocol `next-item`: which pairs are asked, what is known, and how arms answer a planted order."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from recsys.errors import DataError, SettingsError
from recsys.evaluation import assessment, backtest, item_arms, measure, protocols
from recsys.evaluation.assessment import Known
from recsys.evaluation.item_arms import cosine, filled
from recsys.evaluation.protocols.cut import Cut, Given
from recsys.evaluation.protocols.given_split import labels_of
from recsys.evaluation.report import markdown
from recsys.events.interactions import Floats, Interactions
from recsys.events.side import nothing
from recsys.ranking.world import World
from recsys.settings import EvaluationSettings, Settings
from tests.evaluation.conftest import ITEMS, USERS, shop

History = Callable[..., Interactions]
ARMS = {"similar", "next", "ItemKNN", "ItemKNN, shrunk", "ease", "popularity"}


def cut_of(known: Interactions, timed: bool = True, **settings: Any) -> Cut:
    membership, side = np.eye(known.n_items, dtype=np.float32), nothing(known.n_users, known.n_items)
    (found,) = protocols.cuts("next-item", Given(known, side, membership, EvaluationSettings(**settings), timed))
    return found


def pairs(cut: Cut) -> set[tuple[int, int, int]]:
    """User, item that is asked about, and item that is wanted."""
    requests, targets = cut.split.requests, cut.split.targets.tocoo()
    assert targets.row.tolist() == list(range(len(requests)))
    return set(zip(requests.user.tolist(), requests.history.item.tolist(), targets.col.tolist(), strict=True))


@pytest.fixture
def chain() -> Interactions:
    """Everybody goes from an item to the next two but one, item 3 after item 0, from a start of their own."""
    return shop(lambda user, rng: (rng.integers(ITEMS) + 3 * np.arange(14)) % ITEMS)


def test_each_late_positive_is_wanted_of_the_one_before_it(history: History) -> None:
    """The last fifth of ten events: days 8 and 9. A dislike is no positive; user 1 comes for the first time."""
    events = [(0, item, 1, item) for item in range(7)] + [(0, 7, -1, 7), (0, 8, 1, 8), (1, 2, 1, 9)]
    cut = cut_of(history(events, 2, 9), late_share=0.2)
    assert pairs(cut) == {(0, 6, 8)}
    assert cut.known.day.max() == 7
    assert cut.split.requests.at.tolist() == [8.0]


def test_an_item_that_came_after_the_cut_is_asked_about_too_and_reported_apart(history: History) -> None:
    events = [(0, item, 1, item) for item in range(8)] + [(1, 8, 1, 8), (1, 0, 1, 9)]
    cut = cut_of(history(events, 2, 9), late_share=0.2)
    assert pairs(cut) == {(1, 8, 0)}
    assert list(cut.groups) == ["item 0"]


def test_events_without_times_have_no_next_item_at_global_time(history: History) -> None:
    with pytest.raises(DataError, match="next-item needs times"):
        cut_of(history([(0, 0, 1, 0)], 1, 1), timed=False)


def test_no_event_after_the_cut_changes_an_answer(
    chain: Interactions, world: World, configured: Callable[..., Settings]
) -> None:
    cut = cut_of(chain)
    late = chain.day >= np.quantile(chain.day, 0.9, method="higher")
    item = chain.item.copy()
    item[late] = np.random.default_rng(0).permutation(item[late])
    other = cut_of(Interactions(chain.user, item, chain.weight, chain.day, USERS, ITEMS))
    first, second = (
        item_arms.fit(variant.known, world, configured()).answer(cut.split.requests) for variant in (cut, other)
    )
    assert first.keys() == ARMS
    assert all((first[arm] == second[arm]).all() for arm in ARMS)


def test_a_planted_order_is_found_by_next_first(
    chain: Interactions, world: World, configured: Callable[..., Settings], vectors: Floats
) -> None:
    (found,) = backtest.run([cut_of(chain)], lambda known: item_arms.fit(known, world, configured()))
    metrics, ratios = measure.tables(found, vectors, 100, 0)
    whole = metrics[(metrics["segment"] == "all") & (metrics["metric"] == "ndcg@10")].set_index("arm")["value"]
    assert set(whole.index) == ARMS
    assert whole["next"] > whole["ItemKNN"] > whole["popularity"]
    assert set(ratios["arm"]) == {"similar", "next"}
    assert "| protocol | users |" not in markdown(metrics, ratios), "no list of a user was judged"


def test_lists_hold_available_items_but_the_one_they_are_asked_about(
    chain: Interactions, world: World, configured: Callable[..., Settings]
) -> None:
    cut = cut_of(chain)
    arms = item_arms.fit(cut.known, world, configured())
    pool = np.arange(ITEMS) < ITEMS // 2
    for lists in arms.within(pool).answer(cut.split.requests, 5).values():
        assert lists.shape == (len(cut.split.requests), 5)
        assert pool[lists].all()
        assert (lists != cut.split.requests.history.item[:, None]).all()
        assert all(len(set(row)) == 5 for row in lists.tolist())


def test_item_knn_is_the_cosine_of_columns() -> None:
    positives = sp.csr_matrix(np.array([[1, 1, 0], [1, 1, 0], [0, 1, 1]], np.float32))
    found = cosine(positives, np.array([1, 2], np.int32)).toarray()
    assert found == pytest.approx(np.array([[2 / 6**0.5, 1, 1 / 3**0.5], [0, 1 / 3**0.5, 1]]))
    assert cosine(positives, np.array([1], np.int32), 1.0)[0, 0] == pytest.approx(2 / (6**0.5 + 1))


def test_empty_places_go_to_popular_items_that_are_not_listed_yet() -> None:
    lists, asked, popular = (
        np.array([[4, -1, -1], [-1, -1, -1], [1, 2, 3]]),
        np.array([0, 5, 0]),
        np.array([4, 0, 5, 1]),
    )
    assert filled(lists, asked, popular).tolist() == [[4, 5, 1], [4, 0, 1], [1, 2, 3]]


def test_requests_of_items_are_no_split_of_the_events_and_have_no_ablation(
    history: History, vectors: Floats, configured: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = history([(0, item, 1, item) for item in range(10)], 1, 10)
    cut = cut_of(known, late_share=0.2)
    with pytest.raises(DataError, match="no split"):
        labels_of(cut, known)
    monkeypatch.setattr(assessment, "_plan", lambda *_: ([cut], {}))
    for name in ("world_of", "rules_of"):
        monkeypatch.setattr(assessment, name, lambda *_: None)
    empty: Any = Known(None)  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="no lists of items"):
        assessment.ablate(empty, vectors, configured(), ["next-item"])
