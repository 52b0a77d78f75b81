"""Peers together under one ranker: what they are asked, what it sees, and what it learns."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.quality import compare, cuts, ours, stacked
from benchmarks.quality.contract import Answers, Family, Peer, Task
from benchmarks.quality.cuts import Cut
from benchmarks.quality.data import Data
from benchmarks.quality.ours import Ours
from benchmarks.quality.popular import POPULARITY
from benchmarks.quality.stacked import Answered, best, learn, nominated
from benchmarks.quality.tuning import judged
from benchmarks.quality.user_knn import USER_KNN
from recsys.events.interactions import Interactions
from recsys.ranking.candidates import Candidates, Column
from recsys.ranking.context import RequestFacts
from recsys.schema import RECSYS
from recsys.settings import load

SETTINGS = load(["ranking.candidates=5", "lists.top_n=5"])


def listed(*rows: list[tuple[int, float]]) -> Answers:
    """Lists of items and scores."""
    items, scores = (np.array([[pair[side] for pair in row] for row in rows]) for side in (0, 1))
    return Answers(items.astype(np.int32), scores.astype(np.float32), 0.0)


def knowing(task: Task, targets: np.ndarray) -> Answers:
    """A peer who knows what is wanted."""
    scores = np.where(task.closed, -np.inf, targets)
    items = np.argsort(-scores, axis=1, kind="stable").astype(np.int32)
    found = np.take_along_axis(scores, items, axis=1)
    return Answers(np.where(np.isfinite(found), items, -1), np.where(np.isfinite(found), found, 0.0), 0.0)


def guessing(task: Task) -> Answers:
    """A peer who names what is open in an order by chance."""
    return knowing(task, np.random.default_rng(0).random(task.closed.shape))


@pytest.fixture
def cut(checkerboard: Interactions) -> Cut:
    return cuts.warm(checkerboard, 2)


def test_a_score_is_what_lies_above_the_last_item_named_and_nothing_beyond(cut: Cut, data: Data) -> None:
    requests = cut.splits["warm"].requests.part(np.arange(3, dtype=np.int32))
    told = listed([(4, 9.0), (2, 7.0), (1, 6.0)], [(3, -1.0), (0, -3.0), (5, 0.0)], [(7, 2.0), (-1, 0.0), (-1, 0.0)])
    found = Answered("one", told).ask(requests, None).scores.toarray()  # type: ignore[arg-type]
    assert found[:, :8].tolist() == [[0, 0, 1, 0, 3, 0, 0, 0], [0, 0, 0, 2, 0, 0, 0, 0], [0] * 8]


def test_the_ranker_sees_score_and_normalised_score_of_each_peer_and_how_much_is_known(cut: Cut, data: Data) -> None:
    task = data.catalogue.task(cut)
    found = nominated({"one": guessing(task), "two": guessing(task)}, task, SETTINGS)
    assert [(column.name, column.kind) for column in found.columns[:4]] == [
        ("one", "score"),
        ("one", "norm"),
        ("two", "score"),
        ("two", "norm"),
    ]
    assert not any(column.transfers for column in found.columns)
    assert np.bincount(found.request).tolist() == [5] * len(task.requests)
    assert not task.closed[found.request, found.item].any()
    assert np.allclose(found.of("events"), np.log1p(6))
    events = np.bincount(task.known.item, minlength=24)[found.item]
    assert np.allclose(found.of("item events"), np.log1p(events))


def test_the_ranker_listens_to_the_peer_that_was_right_on_the_validation(cut: Cut, data: Data) -> None:
    inner = cuts.warm(cut.known, 2)
    before, now = data.catalogue.task(inner), data.catalogue.task(cut)
    then, wanted = (side.together().targets for side in (inner, cut))
    stack = learn({"wise": knowing(before, then.toarray()), "blind": guessing(before)}, before, then, SETTINGS)
    lists = stack.answer({"wise": knowing(now, wanted.toarray()), "blind": guessing(now)}, now, seed=0)
    reachable = judged(knowing(now, wanted.toarray()).items, cut)["warm"]
    assert judged(lists, cut)["warm"].tolist() == pytest.approx(reachable.tolist())
    assert reachable.mean() > 2 * judged(guessing(now).items, cut)["warm"].mean()


def test_the_ten_best_are_shown_and_of_equals_the_popular() -> None:
    request, item = np.array([0, 0, 0, 2], np.int32), np.array([3, 5, 8, 1], np.int32)
    asked = RequestFacts(np.zeros(3, np.int32), np.zeros(3, np.float32), np.zeros((3, 1), np.int32))
    columns = (Column("one", "score"),)
    candidates = Candidates(request, item, np.zeros((4, 1), np.float32), columns, asked, np.zeros(4, bool))
    popular = np.tile(np.arange(9, dtype=np.float32), (3, 1))
    found = best(candidates, np.array([1.0, 2.0, 1.0, 0.0], np.float32), popular)
    assert found.shape == (3, 10)
    assert found[:, :4].tolist() == [[5, 8, 3, -1], [-1] * 4, [1, -1, -1, -1]]


@pytest.mark.parametrize(
    ("peers", "family", "arms"),
    [
        ((POPULARITY, USER_KNN), "warm", [RECSYS, "popularity", "UserKNN", stacked.NAME]),
        ((POPULARITY, USER_KNN), "cold", [RECSYS, "popularity", "UserKNN", stacked.NAME]),
        ((POPULARITY, USER_KNN), "cross", [RECSYS, "popularity", "UserKNN"]),
        ((USER_KNN,), "warm", [RECSYS, "UserKNN"]),
    ],
)
def test_several_peers_are_stacked_where_everybody_may_be_shown_everything(
    peers: tuple[Peer, ...], family: Family, arms: list[str], data: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ours, "answer", lambda cut, *_: Ours({RECSYS: knowing_all(cut, data)}, 0.0))
    found = compare.compare(replace(data, settings=SETTINGS), family, peers, [7, 8])
    assert found is not None
    assert [(measurement.arm, measurement.seed) for measurement in found.measured] == [(RECSYS, 7), (RECSYS, 8)] + [
        (arm, seed) for arm in arms[1:] for seed in (7, 8)
    ]
    assert len({tuple(measurement.values) for measurement in found.measured}) == 1


def knowing_all(cut: Cut, data: Data) -> np.ndarray:
    return knowing(data.catalogue.task(cut), cut.together().targets.toarray()).items[:, :10]
