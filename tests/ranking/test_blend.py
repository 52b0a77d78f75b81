from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recsys.ranking import blend
from recsys.ranking.blend import LEAST, LOWEST, Blend, Matrix, alike
from recsys.ranking.examples import Examples
from recsys.ranking.features import ITEM_EVENTS, Candidates

NAMES = ("telling", "telling standing", "chance standing", ITEM_EVENTS)


def candidates(features: Matrix) -> Candidates:
    """Of features (n_requests, n_items, 4)."""
    n_requests, n_items, width = features.shape
    request, item = (part.astype(np.int32) for part in np.divmod(np.arange(n_requests * n_items), n_items))
    flat = features.reshape(-1, width).astype(np.float32)
    return Candidates(request, item, flat, NAMES, np.zeros(width, bool), n_requests)


def some_examples(seed: int, new: bool, telling: int, n_requests: int = 80) -> Examples:
    """Of six candidates, the one of the highest standing in column `telling` was chosen."""
    features = np.random.default_rng(seed).uniform(0, 1, (n_requests, 6, 4))
    features[:, :, 3] = 0 if new else 2
    chosen = features[:, :, telling] == features[:, :, telling].max(axis=1, keepdims=True)
    return Examples(candidates(features), chosen.ravel().astype(np.float32), np.arange(n_requests, dtype=np.int32))


def test_the_retriever_that_tells_gets_the_weight_for_known_and_for_new_items_apart() -> None:
    found = blend.fit([some_examples(0, new=False, telling=1), some_examples(1, new=True, telling=2)])
    assert found.names == ("telling standing", "chance standing")
    assert found.known[0] > 5 * max(found.known[1], 0.1)
    assert found.new[1] > 5 * max(found.new[0], 0.1)


def test_no_weight_is_below_0() -> None:
    turned = some_examples(0, new=False, telling=1)
    features = turned.candidates.features.copy()
    features[:, 1] = 1 - features[:, 1]
    found = blend.fit([replace(turned, candidates=replace(turned.candidates, features=features))])
    assert min(*found.known, *found.new) >= 0


def test_new_items_that_are_never_chosen_get_less() -> None:
    mixed = some_examples(0, new=False, telling=1)
    features = mixed.candidates.features.copy()
    features[:, 3] = mixed.chosen
    assert blend.fit([replace(mixed, candidates=replace(mixed.candidates, features=features))]).novelty < -1


def test_with_less_than_enough_every_standing_counts_alike() -> None:
    asked = some_examples(1, False, 1).candidates
    for learnt in ([], [some_examples(0, False, 1, n_requests=LEAST - 1)]):
        assert blend.fit(learnt).score(asked).tolist() == alike(NAMES).score(asked).tolist()


def test_terms_are_weights_times_standings_and_sum_to_the_score() -> None:
    mix = Blend(("telling standing", "chance standing"), known=(2.0, 0.0), new=(0.0, 4.0), novelty=-1.0)
    asked = candidates(np.array([[[9, 0.5, 0.5, 1], [9, 0.5, 0.5, 0], [9, -1, 1, 3]]]))
    assert mix.terms(asked).tolist() == [[0, 1, 0, 0, 0], [0, 0, 2, -1, 0], [0, 2 * LOWEST, 0, 0, 0]]
    assert mix.score(asked) == pytest.approx([1, 1, 2 * LOWEST])


def test_the_slope_of_the_likelihood_is_that_of_finite_differences() -> None:
    """A weight found is a minimum: no neighbour is better."""
    learnt = [some_examples(0, new=False, telling=1, n_requests=40)]
    found = blend.fit(learnt)

    def loss(weight: float) -> float:
        score = replace(found, known=(weight, found.known[1])).score(learnt[0].candidates).reshape(40, 6).astype(float)
        likely = score - np.log(np.exp(score).sum(axis=1, keepdims=True))
        squares = weight**2 + sum(one**2 for one in (*found.known[1:], *found.new, found.novelty))
        return float(blend.RIDGE / 2 * squares - likely[learnt[0].chosen.reshape(40, 6) > 0].sum())

    best = loss(found.known[0])
    assert best <= min(loss(found.known[0] + 0.1), loss(found.known[0] - 0.1))
