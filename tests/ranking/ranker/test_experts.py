"""Examples in which donors are known to tell everything, or nothing."""

import numpy as np
import pytest

from recsys.ranking.ranker.examples import Examples, without_transfer
from recsys.ranking.ranker.experts import Ranker, train
from recsys.ranking.ranker.routing import EXPERTS
from recsys.ranking.ranker.stage import fit_rankers
from recsys.settings import load
from tests.ranking.ranker import literal

OWN, DONORS = literal.spec("own"), literal.spec("donors' items", "donors", transfers=True)
COLUMNS = (*literal.scored(OWN), *literal.scored(DONORS), literal.fact("events in domain"))
ITEMS = 10
NO_HISTORY, SESSION, RETURNING = range(3)
"""Places of experts."""


def some_examples(seed: int, donors_know: bool, positives: int, n_requests: int = 300) -> Examples:
    """Of ten candidates of a request, the two of the highest score of one signal were chosen.

    What the other signal says is chance.
    """
    own, donors = np.random.default_rng(seed).uniform(0.1, 1, (2, n_requests, ITEMS))
    truth = donors if donors_know else own
    positive = truth >= np.sort(truth, axis=1)[:, [-2]]
    features = np.stack([own, own, donors, donors, np.full(own.shape, np.log1p(positives))], axis=2)
    candidates = literal.candidates(features, COLUMNS, positives)
    return Examples(candidates, positive.ravel().astype(np.float32), np.arange(n_requests, dtype=np.int32))


@pytest.fixture(scope="module")
def learnt() -> list[Examples]:
    """Donors know all about users without a history, and nothing about the rest."""
    return [some_examples(0, donors_know=True, positives=0), some_examples(1, donors_know=False, positives=50)]


@pytest.fixture(scope="module")
def rankers(learnt: list[Examples]) -> tuple[Ranker, Ranker]:
    return fit_rankers(learnt, load([]))


def found(ranker: Ranker, asked: Examples) -> float:
    """Share of requests whose best candidate was chosen."""
    best = ranker.score(asked.candidates).reshape(-1, ITEMS).argmax(axis=1)
    return float(asked.positive.reshape(-1, ITEMS)[np.arange(len(best)), best].mean())


def test_each_expert_follows_who_knows_its_users(rankers: tuple[Ranker, Ranker]) -> None:
    (ranker, alone), asked = rankers, some_examples(2, True, 0)
    assert found(ranker, asked) > 0.9
    assert found(alone, without_transfer([asked])[0]) < 0.4
    assert found(ranker, some_examples(3, False, 50)) > 0.9


def test_only_users_with_a_history_have_trees(rankers: tuple[Ranker, Ranker]) -> None:
    for ranker in rankers:
        assert [bool(expert.texts) for expert in ranker.experts] == [name != "no history" for name in EXPERTS]


def test_the_ranker_without_donors_is_learnt_as_if_there_were_none(
    learnt: list[Examples], rankers: tuple[Ranker, Ranker]
) -> None:
    _, alone = rankers
    assert not any(column.transfers for expert in alone.experts for column in expert.columns)
    assert fit_rankers(without_transfer(learnt), load([])) == (alone, alone)
    assert fit_rankers(learnt, load(["transfer.enabled=false"])) == (alone, alone)


def test_learnt_again_from_the_same_examples_it_is_the_same(
    learnt: list[Examples], rankers: tuple[Ranker, Ranker]
) -> None:
    assert train(learnt, seed=7) == rankers[0]


def test_each_request_is_scored_by_its_own_expert(rankers: tuple[Ranker, Ranker]) -> None:
    ranker, asked = rankers[0], some_examples(9, True, 50).candidates
    assert ranker.score(asked).tolist() == ranker.experts[SESSION].score(asked).tolist()
    assert ranker.terms(asked).sum(axis=1) == pytest.approx(ranker.score(asked), abs=1e-4)


def test_where_an_expert_has_too_few_examples_it_learns_from_all(rankers: tuple[Ranker, Ranker]) -> None:
    ranker = train([some_examples(0, False, positives=5), some_examples(1, False, positives=0, n_requests=9)], seed=7)
    assert ranker.experts[RETURNING] == ranker.experts[SESSION] != ranker.experts[NO_HISTORY]
