from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.errors import DataError
from recsys.events.interactions import Floats, Ints, Mask
from recsys.ranking.candidates import Candidates
from recsys.ranking.ranker import trees as module
from recsys.ranking.ranker.examples import Examples
from recsys.ranking.ranker.trees import Trees, first, grow
from tests.kept import kept
from tests.ranking.ranker import literal

N = 10
COLUMNS = (*literal.scored(literal.spec("telling")), *literal.scored(literal.spec("noise", "text")))
NOTHING: list[Callable[[], list[Examples]]] = [list, lambda: [replace(planted(0), weight=np.zeros(600, np.float32))]]


def candidates(features: Floats) -> Candidates:
    """Of features (n_requests, n_items, 4)."""
    return literal.candidates(features, COLUMNS)


def planted(seed: int, n_requests: int = 60) -> Examples:
    """Of ten candidates of a request, the two of the highest first feature were chosen."""
    features = np.random.default_rng(seed).uniform(0, 1, (n_requests, N, 4)).astype(np.float32)
    positive = features[..., 0] >= np.sort(features[..., 0], axis=1)[:, [-2]]
    return Examples(candidates(features), positive.ravel().astype(np.float32), np.arange(n_requests, dtype=np.int32))


def after(days: float, seed: int) -> Examples:
    """Planted examples, asked so long after the last visit; on another day the noise tells and the rest is noise."""
    made = planted(seed, n_requests=120)
    features = made.candidates.features if days == 0 else made.candidates.features[:, [2, 3, 0, 1]]
    features = np.column_stack([features, np.full(len(features), np.log1p(days), np.float32)])
    told = replace(made.candidates, features=features, columns=(*COLUMNS, literal.fact("recency")))
    return replace(made, candidates=told)


def half_new(seed: int) -> Examples:
    """Planted examples every other item of which is new."""
    made = planted(seed)
    return replace(made, candidates=replace(made.candidates, new=np.tile([False, True], 300)))


@pytest.fixture(scope="module")
def trained() -> Trees:
    return grow([planted(0), planted(1)], seed=7)


def test_it_finds_the_planted_rule(trained: Trees) -> None:
    asked = planted(2).candidates
    scores, truth = trained.score(asked).reshape(60, N), asked.features[:, 0].reshape(60, N)
    two_best = truth >= np.sort(truth, axis=1)[:, [-2]]
    assert two_best[np.arange(60), scores.argmax(axis=1)].mean() > 0.9


def test_terms_sum_to_the_score_and_the_telling_one_is_the_largest(trained: Trees) -> None:
    asked = planted(2).candidates
    terms = trained.terms(asked)
    assert terms.shape == (600, 5)
    assert terms.sum(axis=1) == pytest.approx(trained.score(asked), abs=1e-4)
    assert np.abs(terms[:, :4]).mean(axis=0).argmax() == 0


def test_trained_again_it_is_the_same(trained: Trees) -> None:
    assert grow([planted(0), planted(1)], seed=7) == trained


def test_kept_and_read_again_it_is_the_same_byte_for_byte_whether_it_was_asked_or_not(
    trained: Trees, tmp_path: Path
) -> None:
    asked, new = planted(2).candidates, Trees(trained.blend, trained.texts, trained.columns, trained.level)
    trained.terms(asked)
    read = kept(trained, tmp_path, "asked")
    kept(new, tmp_path, "new")
    assert (tmp_path / "asked.tree").read_bytes() == (tmp_path / "new.tree").read_bytes()
    assert read == trained
    assert read.score(asked).tolist() == trained.score(asked).tolist()


def test_requests_in_which_nothing_was_found_teach_nothing(trained: Trees) -> None:
    lost = replace(planted(3), weight=np.zeros(600, np.float32))
    found = grow([planted(0), lost, planted(1)], seed=7)
    assert found.texts == trained.texts
    assert found.blend.known == pytest.approx(trained.blend.known, rel=1e-3)


def test_without_rounds_the_blend_orders_alone(trained: Trees) -> None:
    asked = planted(2).candidates
    alone = grow([planted(0), planted(1)], seed=7, rounds=0)
    assert alone.texts == ()
    assert alone.blend == trained.blend
    assert alone.score(asked).tolist() == alone.blend.score(asked).tolist()


@pytest.mark.parametrize("examples", NOTHING, ids=["no example", "nothing chosen"])
def test_with_nothing_to_learn_from_every_signal_counts_the_same(examples: Callable[[], list[Examples]]) -> None:
    trees = grow(examples(), seed=7)
    asked = candidates(np.array([[[9, 1, 9, 0.5], [0, -1, 0, 0]]], np.float32))
    assert trees.score(asked).tolist() == [0.75, -0.125]
    assert trees.terms(asked).tolist() == [[0, 0.5, 0, 0.25, 0], [0, -0.125, 0, 0, 0]]


def test_no_candidates_have_no_scores(trained: Trees) -> None:
    none = planted(0).candidates.take(np.zeros(600, bool))
    assert trained.score(none).shape == (0,)
    assert trained.terms(none).shape == (0, 5)


def test_other_features_than_it_was_trained_on_are_refused(trained: Trees) -> None:
    asked = planted(0).candidates
    other = replace(asked, features=asked.features[:, :2], columns=COLUMNS[:2])
    with pytest.raises(DataError, match="other features") as refused:
        trained.score(other)
    assert "noise" in str(refused.value)


def test_trees_leave_the_items_without_events_to_the_blend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MIN_POSITIVES", 20)
    made = half_new(0)
    told, new = made.candidates, made.candidates.new
    told = replace(
        told, features=np.column_stack([told.features, ~new]), columns=(*COLUMNS, literal.fact("item events"))
    )
    trees = grow([replace(made, candidates=told)], seed=7)
    assert trees.score(told)[new].tolist() == trees.blend.score(told)[new].tolist()
    assert (trees.score(told) != trees.blend.score(told))[~new].all()
    assert trees.terms(told).sum(axis=1) == pytest.approx(trees.score(told), abs=1e-4)
    found = made.positive.reshape(60, N)[:, ::2].any(axis=1)  # requests of which there was something to learn
    odds = [
        np.logaddexp.reduce(scores[~new].reshape(60, 5), axis=1)[found]
        for scores in (trees.score(told), trees.blend.score(told))
    ]
    assert (odds[0] - odds[1]).mean() == pytest.approx(0, abs=1e-4)  # new items stay where the blend sees them


def test_what_continues_a_session_is_told_from_what_is_wanted_on_another_day() -> None:
    trees = grow([after(0, 0), after(0, 1), after(3, 2), after(3, 3)], seed=7)
    for days in (0, 3):
        asked = after(days, 4)
        best = trees.score(asked.candidates).reshape(120, N).argmax(axis=1)
        assert asked.positive.reshape(120, N)[np.arange(120), best].mean() > 0.8


@pytest.mark.parametrize("depth", [1, 4, 9])
def test_trees_order_the_best_by_the_blend_and_the_others_stay_below_in_its_order(
    trained: Trees, monkeypatch: pytest.MonkeyPatch, depth: int
) -> None:
    asked = planted(2).candidates
    blended, whole = (scorer.score(asked).reshape(60, N) for scorer in (trained.blend, trained))
    monkeypatch.setattr(module, "DEPTH", depth)
    scores, order = trained.score(asked).reshape(60, N), np.argsort(-blended, axis=1, kind="stable").astype(np.int32)
    head, tail = (np.take_along_axis(scores, order[:, part], axis=1) for part in (slice(depth), slice(depth, None)))
    assert head.tolist() == np.take_along_axis(whole, order[:, :depth], axis=1).tolist()
    assert (head.min(axis=1) > tail.max(axis=1)).all()
    assert (np.diff(tail, axis=1) <= 0).all()
    assert trained.terms(asked).sum(axis=1).reshape(60, N)[first_of(order, depth)] == pytest.approx(
        scores[first_of(order, depth)], abs=1e-4
    )


def first_of(order: Ints, depth: int) -> Mask:
    """Where a candidate is among the first of its request, (n_requests, n_items)."""
    found = np.zeros(order.shape, bool)
    np.put_along_axis(found, order[:, :depth], True, axis=1)
    return found


@pytest.mark.parametrize("rows", [[0], [59], [3, 17, 40], list(range(1, 60))])
def test_a_candidate_has_the_same_score_and_terms_bit_for_bit_in_any_company(trained: Trees, rows: list[int]) -> None:
    asked = planted(2).candidates
    some = np.isin(asked.request, rows)
    assert trained.score(asked.take(some)).tolist() == trained.score(asked)[some].tolist()
    assert trained.terms(asked.take(some)).tolist() == trained.terms(asked)[some].tolist()


def test_among_the_best_new_items_keep_the_score_of_the_blend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DEPTH", 5)
    trees, asked = grow([half_new(0), half_new(1)], seed=7), half_new(2).candidates
    blended, ahead = trees.blend.score(asked), first(asked, trees.blend.score(asked), 5)
    assert trees.score(asked)[ahead & asked.new].tolist() == blended[ahead & asked.new].tolist()
    assert (trees.score(asked) != blended)[ahead & ~asked.new].all()


def test_examples_beyond_the_depth_teach_the_trees_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sixth candidate of every request, far below all others by the blend, changes what no tree has seen."""
    monkeypatch.setattr(module, "DEPTH", N)
    made, plain = planted(0), grow([planted(0)], seed=7)
    last = np.tile(np.array([-1, -1, -1, -1], np.float32), (60, 1, 1))
    features = np.concatenate([made.candidates.features.reshape(60, N, 4), last], axis=1)
    positive = np.column_stack([made.positive.reshape(60, N), np.zeros(60)]).ravel().astype(np.float32)
    assert made.candidates.features.min() > -1
    longer = Examples(candidates(features), positive, made.user)
    ordered = module._ordered(longer, plain.blend)
    assert ordered.candidates.features.tolist() == made.candidates.features.tolist()
    assert ordered.positive.tolist() == made.positive.tolist()


SCORES = st.lists(st.integers(-3, 3), max_size=8)


@given(scores=st.lists(SCORES, min_size=1, max_size=4), count=st.integers(0, 9))
def test_the_first_are_those_of_highest_score_and_of_equal_ones_those_of_the_first_items(
    scores: list[list[int]], count: int
) -> None:
    asked = literal.bare(*map(len, scores))
    found = first(asked, np.array([score for row in scores for score in row], np.float32), count)
    for row, given_ in enumerate(scores):
        wanted = sorted(range(len(given_)), key=lambda item: (-given_[item], item))[:count]
        assert set(asked.item[found & (asked.request == row)].tolist()) == set(wanted)


VIEW, BUY = 0.2, 1.0


def two_actions(seed: int, view: float = VIEW, buy: float = BUY, n_requests: int = 200) -> Examples:
    """What is bought has the highest score by the first signal, what is viewed the two highest by the other.

    In each request two items are viewed, and in every other one more is bought.
    """
    features = np.random.default_rng(seed).uniform(0, 1, (n_requests, N, 2)).astype(np.float32).repeat(2, axis=2)
    weight = np.where(features[..., 2] >= np.sort(features[..., 2], axis=1)[:, [-2]], view, 0)
    bought = features[..., 0] == features[..., 0].max(axis=1, keepdims=True)
    bought[1::2] = False
    weight[bought] = buy
    return Examples(candidates(features), weight.ravel().astype(np.float32), np.arange(n_requests, dtype=np.int32))


def share_bought(trees: Trees, asked: Examples) -> float:
    """Share of the requests whose first item is the one of the kind that is bought."""
    best = trees.score(asked.candidates).reshape(-1, N).argmax(axis=1)
    return float((best == asked.candidates.features[:, 0].reshape(-1, N).argmax(axis=1)).mean())


@pytest.mark.parametrize("rounds", [0, module.ROUNDS], ids=["blend", "trees"])
def test_the_strong_action_leads_the_list_where_actions_weigh_differently(rounds: int) -> None:
    asked = two_actions(2)
    assert share_bought(grow([two_actions(1)], seed=7, rounds=rounds), asked) > 0.7
    assert share_bought(grow([two_actions(1, VIEW, VIEW)], seed=7, rounds=rounds), asked) < 0.4


def test_where_all_weigh_the_same_it_is_no_matter_how_much() -> None:
    ones, others = (grow([two_actions(1, weight, weight)], seed=7) for weight in (1.0, 0.3))
    assert ones == others
