"""The blend that held-out next items choose, where the right answer is planted."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from recsys.events.interactions import Interactions
from recsys.ranking.item_lists import held_out
from recsys.ranking.item_lists import links as item_links
from recsys.ranking.item_lists.held_out import Pairs, choose, consecutive, quality
from recsys.ranking.item_lists.links import Links
from recsys.ranking.item_lists.similar import Blend
from recsys.settings import RankingSettings

History = Callable[..., Interactions]
USERS, ITEMS = 60, 40


def walks(history: History, step: int, timed: bool = True) -> Interactions:
    """Users who go from a random item to the one `step` further, eight times, one after another or all at once."""
    rng = np.random.default_rng(3)
    events = [
        (user, (start + step * turn) % ITEMS, 1.0, (0.0 if timed else 100.0 * user) + turn + user / USERS)
        for user, start in enumerate(rng.integers(0, ITEMS, USERS).tolist())
        for turn in range(8)
    ]
    return history(events, USERS, ITEMS)


def neighbours(step: int) -> sp.csr_matrix:
    """Texts by which each item is similar to the one `step` further, and to no other."""
    item = np.arange(ITEMS)
    return sp.csr_matrix((np.full(ITEMS, 0.9, np.float32), (item, (item + step) % ITEMS)), shape=(ITEMS, ITEMS))


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_out, "MIN_PAIRS", 20)


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("timed", [True, False])
def test_texts_that_foresee_the_next_item_count_much_and_misleading_ones_little(history: History, timed: bool) -> None:
    known = walks(history, 3, timed)
    right, wrong = (choose(known, neighbours(step), RankingSettings(), 7, timed) for step in (3, 7))
    few = np.array([2], np.int32)
    assert right.weight(few) < wrong.weight(few)


def test_the_default_stands_where_too_little_is_held_out(history: History) -> None:
    assert choose(walks(history, 3), neighbours(7), RankingSettings(), 7, True) == Blend()
    assert choose(history([], 1, ITEMS), neighbours(7), RankingSettings(), 7, True) == Blend()


@pytest.mark.usefixtures("many")
def test_what_is_judged_is_not_known_to_the_links(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Interactions] = []

    def fit(early: Interactions, *rest: Any, original: Any = item_links.fit) -> Links:
        seen.append(early)
        fitted: Links = original(early, *rest)
        return fitted

    monkeypatch.setattr(item_links, "fit", fit)
    known = walks(history, 3)
    choose(known, neighbours(3), RankingSettings(), 7, True)
    (early,) = seen
    cut = np.quantile(known.day, 1 - held_out.LATE, method="higher")
    assert early.day.max() < cut
    assert len(early.day) == (known.day < cut).sum()


def test_a_pair_is_an_item_and_the_next_one_of_the_same_user(history: History) -> None:
    events = [(0, 4, 1, 0), (0, 2, -1, 1), (0, 1, 1, 2), (0, 4, 1, 3), (1, 3, 1, 4), (1, 0, 1, 5)]
    pairs = consecutive(history(events, 2, 5))
    assert list(zip(pairs.user, pairs.query, pairs.target, strict=True)) == [(0, 4, 1), (1, 3, 0)]


def test_quality_is_ndcg_of_one_target_by_user() -> None:
    """Item 0: similarity .9, .8, .7 to 1, 2, 3. User 0 has ranks 1 and 2, user 1 rank 3, user 2 an unknown target."""
    cosine = sp.csr_matrix(np.array([[0, 0.9, 0.8, 0.7, 0]] + [[0] * 5] * 4, np.float32))
    nothing = sp.csr_matrix((5, 5), dtype=np.float32)
    links = Links({"transitions": nothing}, cosine, np.zeros(5, np.int32), np.zeros(5, np.int32))
    ints = np.array
    pairs = Pairs(ints([0, 0, 1, 2]), ints([0, 0, 0, 0]), ints([1, 2, 3, 4]), np.arange(4))
    assert quality(links, Blend(), pairs) == pytest.approx(((1 + 1 / np.log2(3)) / 2 + 1 / 2 + 0) / 3)
