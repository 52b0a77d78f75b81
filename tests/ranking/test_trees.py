from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from recsys.errors import DataError
from recsys.events.interactions import Floats
from recsys.ranking.examples import Examples
from recsys.ranking.features import ITEM_EVENTS, RECENCY, Candidates
from recsys.ranking.trees import Trees, grow

NAMES = ("telling", "telling standing", "noise", "noise standing")


def candidates(features: Floats) -> Candidates:
    """Of features (n_requests, n_items, 4)."""
    n_requests, n_items, _ = features.shape
    request, item = (part.astype(np.int32) for part in np.divmod(np.arange(n_requests * n_items), n_items))
    return Candidates(request, item, features.reshape(-1, 4), NAMES, np.zeros(4, bool), n_requests)


def planted(seed: int, n_requests: int = 60) -> Examples:
    """Of ten candidates of a request, the two of the highest first feature were chosen."""
    features = np.random.default_rng(seed).uniform(0, 1, (n_requests, 10, 4)).astype(np.float32)
    chosen = features[..., 0] >= np.sort(features[..., 0], axis=1)[:, [-2]]
    return Examples(candidates(features), chosen.ravel().astype(np.float32), np.arange(n_requests, dtype=np.int32))


def after(days: float, seed: int) -> Examples:
    """Planted examples, asked so long after the last visit; on another day the noise tells and the rest is noise."""
    made = planted(seed, n_requests=120)
    features = made.candidates.features if days == 0 else made.candidates.features[:, [2, 3, 0, 1]]
    features = np.column_stack([features, np.full(len(features), np.log1p(days), np.float32)])
    told = replace(made.candidates, features=features, names=(*NAMES, RECENCY), transfers=np.zeros(5, bool))
    return replace(made, candidates=told)


@pytest.fixture(scope="module")
def trained() -> Trees:
    return grow([planted(0), planted(1)], seed=7)


def test_it_finds_the_planted_rule(trained: Trees) -> None:
    asked = planted(2).candidates
    scores, truth = trained.score(asked).reshape(60, 10), asked.features[:, 0].reshape(60, 10)
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


def test_requests_in_which_nothing_was_found_teach_nothing(trained: Trees) -> None:
    lost = replace(planted(3), chosen=np.zeros(600, np.float32))
    assert grow([planted(0), lost, planted(1)], seed=7) == trained


def test_without_rounds_the_blend_orders_alone(trained: Trees) -> None:
    asked = planted(2).candidates
    alone = grow([planted(0), planted(1)], seed=7, rounds=0)
    assert alone.texts == ()
    assert alone.blend == trained.blend
    assert alone.score(asked).tolist() == trained.score(asked, rounds=0).tolist() == alone.blend.score(asked).tolist()


NOTHING: list[Callable[[], list[Examples]]] = [list, lambda: [replace(planted(0), chosen=np.zeros(600, np.float32))]]


@pytest.mark.parametrize("examples", NOTHING, ids=["no example", "nothing chosen"])
def test_with_nothing_to_learn_from_every_retrievers_standing_counts_alike(
    examples: Callable[[], list[Examples]],
) -> None:
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
    other = replace(asked, features=asked.features[:, :2], names=NAMES[:2], transfers=asked.transfers[:2])
    with pytest.raises(DataError, match="other features") as refused:
        trained.score(other)
    assert "noise standing" in str(refused.value)


def test_features_that_they_were_not_grown_on_are_not_looked_at(trained: Trees) -> None:
    asked = planted(2).candidates
    more = np.column_stack([np.full(600, 9, np.float32), asked.features])
    wider = replace(asked, features=more, names=("other", *NAMES), transfers=np.zeros(5, bool))
    assert trained.score(wider).tolist() == trained.score(asked).tolist()
    assert trained.terms(wider)[:, 0].tolist() == [0] * 600
    assert trained.terms(wider)[:, 1:].tolist() == trained.terms(asked).tolist()


def test_trees_leave_the_items_without_events_to_the_blend() -> None:
    """Among examples every other item of which is new."""
    made, events = planted(0), np.tile(np.array([1, 0], np.float32), 300)
    features = np.column_stack([made.candidates.features, events])
    told = replace(made.candidates, features=features, names=(*NAMES, ITEM_EVENTS), transfers=np.zeros(5, bool))
    trees, new = grow([replace(made, candidates=told)], seed=7), events == 0
    assert trees.score(told)[new].tolist() == trees.blend.score(told)[new].tolist()
    assert (trees.score(told) != trees.blend.score(told))[~new].all()
    assert trees.terms(told).sum(axis=1) == pytest.approx(trees.score(told), abs=1e-4)
    found = made.chosen.reshape(60, 10)[:, ::2].any(axis=1)  # requests of which there was something to learn
    odds = [np.logaddexp.reduce(scores[~new].reshape(60, 5), axis=1)[found]
            for scores in (trees.score(told), trees.blend.score(told))]  # fmt: skip
    assert (odds[0] - odds[1]).mean() == pytest.approx(0, abs=1e-4)  # new items stay where the blend sees them


def test_what_goes_on_with_a_session_is_told_from_what_is_wanted_on_another_day() -> None:
    trees = grow([after(0, 0), after(0, 1), after(3, 2), after(3, 3)], seed=7)
    for days in (0, 3):
        asked = after(days, 4)
        best = trees.score(asked.candidates).reshape(120, 10).argmax(axis=1)
        assert asked.chosen.reshape(120, 10)[np.arange(120), best].mean() > 0.8
