from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.ranking.candidates import Candidates
from recsys.ranking.ranker import blend
from recsys.ranking.ranker.blend import LOWEST, MIN_POSITIVES, NOVELTY, Blend, Matrix, equal
from recsys.ranking.ranker.examples import Examples
from tests.ranking.ranker import literal

TELLING, CHANCE = literal.scored(literal.spec("telling")), literal.scored(literal.spec("chance", "text"))
COLUMNS = (*TELLING, CHANCE[1], NOVELTY)


def candidates(features: Matrix) -> Candidates:
    """Of features (n_requests, n_items, 4), of which the last is the number of an item's events."""
    return literal.candidates(features, COLUMNS, new=features[:, :, 3] == 0)


def some_examples(seed: int, new: bool, telling: int, n_requests: int = 80) -> Examples:
    """Of six candidates, the one of the highest normalised score in column `telling` was chosen."""
    features = np.random.default_rng(seed).uniform(0, 1, (n_requests, 6, 4))
    features[:, :, 3] = 0 if new else 2
    positive = features[:, :, telling] == features[:, :, telling].max(axis=1, keepdims=True)
    return Examples(candidates(features), positive.ravel().astype(np.float32), np.arange(n_requests, dtype=np.int32))


def test_the_signal_that_tells_gets_the_weight_for_known_and_for_new_items_apart() -> None:
    found = blend.fit([some_examples(0, new=False, telling=1), some_examples(1, new=True, telling=2)])
    assert found.known[0] > 5 * max(found.known[1], 0.1)
    assert found.new[1] > 5 * max(found.new[0], 0.1)


def test_no_weight_is_below_0() -> None:
    turned = some_examples(0, new=False, telling=2)
    features = turned.candidates.features.copy()
    features[:, 1] = 1 - features[:, 2]
    found = blend.fit([replace(turned, candidates=replace(turned.candidates, features=features))])
    assert min(*found.known, *found.new) >= 0
    assert found.known[0] < found.known[1]


def test_new_items_that_are_never_chosen_get_less() -> None:
    mixed = some_examples(0, new=False, telling=1)
    few = replace(mixed, candidates=replace(mixed.candidates, new=mixed.positive == 0))
    assert blend.fit([few]).novelty < -1


def test_without_a_new_item_among_the_examples_being_new_counts_nothing() -> None:
    found = blend.fit([some_examples(0, new=False, telling=1)])
    assert found.novelty == 0
    asked = some_examples(1, new=True, telling=1).candidates
    assert found.terms(asked)[:, 3].tolist() == [0] * len(asked.item)


def test_with_less_than_enough_every_normalised_score_counts_the_same() -> None:
    asked = some_examples(1, False, 1).candidates
    for learnt in ([], [some_examples(0, False, 1, n_requests=MIN_POSITIVES - 1)]):
        assert blend.fit(learnt).score(asked).tolist() == equal(COLUMNS).score(asked).tolist()
    assert blend.fit([some_examples(0, False, 1, n_requests=MIN_POSITIVES)]).known


def test_where_no_signal_foresees_anything_every_normalised_score_counts_the_same() -> None:
    turned = some_examples(0, new=False, telling=1)
    features = turned.candidates.features.copy()
    features[:, [1, 2]] = -features[:, [1, 1]]
    found = blend.fit([replace(turned, candidates=replace(turned.candidates, features=features))])
    asked = some_examples(1, False, 1).candidates
    assert found.score(asked).tolist() == equal(COLUMNS).score(asked).tolist()


def test_signals_of_popularity_count_as_one_together_whatever_they_are_called() -> None:
    specs = [
        literal.spec("a"),
        literal.spec("b", "popularity"),
        literal.spec("c", "popularity"),
        literal.spec("popularity", "text"),
    ]
    shares = equal([column for declared in specs for column in literal.scored(declared)])
    assert shares.known == shares.new == pytest.approx((1 / 3, 1 / 6, 1 / 6, 1 / 3))
    assert equal(literal.scored(specs[1])).known == (1.0,)


def test_terms_are_weights_times_normalised_scores_and_sum_to_the_score() -> None:
    mix = Blend(known=(2.0, 0.0), new=(0.0, 4.0), novelty=-1.0)
    asked = candidates(np.array([[[9, 0.5, 0.5, 1], [9, 0.5, 0.5, 0], [9, -1, 1, 3]]]))
    assert mix.terms(asked).tolist() == [[0, 1, 0, 0, 0], [0, 0, 2, -1, 0], [0, 2 * LOWEST, 0, 0, 0]]
    assert mix.score(asked) == pytest.approx([1, 1, 2 * LOWEST])


WEIGHTS = st.tuples(st.floats(0, 5), st.floats(0, 5))


@given(known=WEIGHTS, new=WEIGHTS, novelty=st.floats(-5, 5), seed=st.integers(0, 99))
def test_terms_sum_to_the_score_under_any_weights(
    known: tuple[float, float], new: tuple[float, float], novelty: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    features = rng.uniform(-1, 1, (3, 5, 4))
    features[:, :, 3] = rng.integers(0, 2, (3, 5))
    mix, asked = Blend(known, new, novelty), candidates(features)
    assert mix.terms(asked).sum(axis=1) == pytest.approx(mix.score(asked), abs=1e-4)


def test_requests_in_which_nothing_was_chosen_teach_nothing() -> None:
    learnt, lost = some_examples(0, False, 1), some_examples(1, False, 2)
    found = blend.fit([learnt, replace(lost, weight=np.zeros_like(lost.weight))])
    assert found.known == pytest.approx(blend.fit([learnt]).known, abs=1e-3)


def test_the_slope_of_the_likelihood_is_that_of_finite_differences() -> None:
    """A weight found is a minimum: no neighbour is better."""
    learnt = [some_examples(0, new=False, telling=1, n_requests=40)]
    found = blend.fit(learnt)

    def loss(weight: float) -> float:
        score = replace(found, known=(weight, found.known[1])).score(learnt[0].candidates).reshape(40, 6).astype(float)
        likely = score - np.log(np.exp(score).sum(axis=1, keepdims=True))
        squares = weight**2 + sum(other**2 for other in (*found.known[1:], *found.new, found.novelty))
        return float(blend.RIDGE / 2 * squares - likely[learnt[0].positive.reshape(40, 6) > 0].sum())

    best = loss(found.known[0])
    assert best <= min(loss(found.known[0] + 0.1), loss(found.known[0] - 0.1))
