from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from recsys.events.interactions import Ints
from recsys.ranking.lists.recommend import Shown
from recsys.ranking.lists.single import listed, padded, rows
from recsys.ranking.signals.answers import ByTime, Sparse
from recsys.ranking.signals.contract import Open

N = 12


def answer(*scores: list[float]) -> Sparse:
    return Sparse(sp.csr_matrix(np.array(scores, np.float32)))


def everybody(scores: list[float], n_requests: int = 1) -> ByTime:
    return ByTime(np.array([scores], np.float32), np.zeros(n_requests, np.int32))


def open_to(*seen: list[int], available: list[int] | None = None) -> Open:
    closed = np.zeros((len(seen), N), np.float32)
    for row, items in enumerate(seen):
        closed[row, items] = 1
    chosen = np.ones(N, bool) if available is None else np.isin(np.arange(N), available)
    return Open(chosen, sp.csr_matrix(closed))


def scores_of(**given_: float) -> list[float]:
    """Scores of items by number, such as _3=1.0."""
    return [given_.get(f"_{item}", 0.0) for item in range(N)]


def test_the_best_of_a_signal_come_first_and_then_what_is_popular() -> None:
    signal, popular = answer(scores_of(_3=2, _1=5)), everybody(scores_of(_8=9, _9=8, _3=7, _7=6))
    assert listed([signal], popular, open_to([]), 4)[0].tolist() == [[1, 3, 8, 9]]


def test_equal_scores_go_to_the_more_popular_and_then_to_the_first_item() -> None:
    signal, popular = answer(scores_of(_2=1, _3=1, _5=1)), everybody(scores_of(_5=2, _2=1, _3=1))
    assert listed([signal], popular, open_to([]), 3)[0].tolist() == [[5, 2, 3]]


def test_what_was_seen_or_cannot_be_had_is_in_no_list() -> None:
    signal, popular = answer(scores_of(_1=5, _3=2, _4=1)), everybody(scores_of(_8=9, _9=8))
    assert listed([signal], popular, open_to([1, 8], available=[1, 3, 8, 9]), 4)[0].tolist() == [[3, 9, -1, -1]]


def test_of_several_requests_each_has_its_own_list_and_one_without_any_item_an_empty_one() -> None:
    signal = answer(scores_of(_1=5), scores_of(_2=5), scores_of(_1=5))
    found = listed([signal], everybody(scores_of(_8=1), 3), open_to([], [8], list(range(N))), 2)[0]
    assert found.tolist() == [[1, 8], [2, 0], [-1, -1]]


def test_no_requests_have_no_lists() -> None:
    none = Sparse(sp.csr_matrix((0, N), dtype=np.float32))
    nobody = Open(np.ones(N, bool), sp.csr_matrix((0, N), dtype=np.float32))
    assert listed([none], ByTime(np.zeros((0, N), np.float32), np.zeros(0, np.int32)), nobody, 3)[0].shape == (0, 3)


@given(
    order=st.permutations(range(N)),
    active=st.integers(0, N),
    popular=st.lists(st.integers(0, 3), min_size=N, max_size=N),
    seen=st.lists(st.integers(0, N - 1), max_size=N),
    k=st.integers(1, N),
)
def test_a_list_is_what_sorting_all_open_items_gives(
    order: list[int], active: int, popular: list[int], seen: list[int], k: int
) -> None:
    """Scores of the signal differ; those of popularity need not."""
    scores = [float(place - N + active) if place >= N - active else 0.0 for place in order]
    left = [item for item in range(N) if item not in seen]
    expected = sorted(left, key=lambda item: (-scores[item], -popular[item], item))[:k]
    found = listed([answer(scores)], everybody([float(count) for count in popular]), open_to(seen), k)[0][0]
    assert found[found >= 0].tolist() == expected
    assert found[len(expected) :].tolist() == [-1] * (k - len(expected))


def ints(*numbers: int) -> Ints:
    return np.array(numbers, np.int32)


def test_rows_of_lists_are_cut_off_or_filled_up() -> None:
    assert rows(ints(0, 0, 0, 2), ints(7, 5, 9, 1), 4, 2).tolist() == [[7, 5], [-1, -1], [1, -1], [-1, -1]]


def test_lists_that_were_shown_are_cut_off_or_filled_up() -> None:
    shown = [
        Shown(
            items, np.zeros(len(items), np.float32), items, np.zeros(len(items), np.float32), np.zeros(len(items), bool)
        )
        for items in (ints(4, 2, 9), ints(), ints(1))
    ]
    assert padded(shown, 2).tolist() == [[4, 2], [-1, -1], [1, -1]]
    assert padded([], 2).shape == (0, 2)
