"""Examples in which donors are known to tell everything, or nothing."""

from dataclasses import replace

import numpy as np
import pytest

from recsys.ranking.ranker import experts, validation
from recsys.ranking.ranker.examples import Examples, without_transfer
from recsys.ranking.ranker.experts import Ranker, again, train
from recsys.ranking.ranker.routing import EXPERTS
from recsys.ranking.ranker.trees import ROUNDS
from recsys.ranking.ranker.validation import Values, better, gains, worse
from tests.ranking.ranker import literal

OWN, DONORS = literal.spec("own"), literal.spec("donors' items", "donors", transfers=True)
COLUMNS = (*literal.scored(OWN), *literal.scored(DONORS), literal.fact("events in domain"))
OWN_COLUMNS = (*literal.scored(OWN), literal.fact("events in domain"))
ITEMS = 10
SHORT, LONG = (list(EXPERTS).index(name) for name in ("short history", "within a session"))


def some_examples(seed: int, donors_know: bool, positives: int, n_requests: int = 120) -> Examples:
    """Of ten candidates of a request, the two of the highest score of one signal were chosen; the last is a donor's.

    What the other signal says is chance.
    """
    own, donors = np.random.default_rng(seed).uniform(0.1, 1, (2, n_requests, ITEMS))
    own[:, -1] = 0.01
    truth = donors if donors_know else own
    chosen = truth >= np.sort(truth, axis=1)[:, [-2]]
    nominated = np.where(np.arange(ITEMS) == ITEMS - 1, -1.0, own)
    features = np.stack([own, nominated, donors, donors, np.full(own.shape, np.log1p(positives))], axis=2)
    candidates = literal.candidates(features, COLUMNS, positives)
    return Examples(candidates, chosen.ravel().astype(np.float32), np.arange(n_requests, dtype=np.int32))


def judged(found: validation.Validation) -> int:
    """Users of the only split who were judged."""
    return int(np.count_nonzero(~np.isnan(found.ndcg[0])))


def gain(examples: list[Examples]) -> list[Values]:
    with_donors = validation.run(examples, examples, seed=7)
    return gains(with_donors, validation.run(without_transfer(examples), examples, seed=7))


@pytest.fixture(scope="module")
def learnt() -> list[Examples]:
    """Donors know all about users with a short history, and nothing about the rest."""
    of_few = [some_examples(seed, donors_know=True, positives=1, n_requests=300) for seed in (0, 1)]
    of_many = [some_examples(seed, donors_know=False, positives=50, n_requests=300) for seed in (2, 3)]
    return [*of_few, *of_many]


@pytest.fixture(scope="module")
def rankers(learnt: list[Examples]) -> tuple[Ranker, Ranker]:
    return train(learnt, seed=7)


@pytest.fixture(scope="module")
def ranker(rankers: tuple[Ranker, Ranker]) -> Ranker:
    return rankers[0]


def test_donors_who_know_all_help() -> None:
    assert better(gain([some_examples(0, True, 1), some_examples(1, True, 1)]))


def test_donors_who_know_nothing_do_not_help() -> None:
    assert not better(gain([some_examples(0, False, 1), some_examples(1, False, 1)]))


def test_one_kind_of_split_in_which_they_help_is_enough() -> None:
    assert better(gain([some_examples(0, False, 50), some_examples(1, True, 50)]))


def test_a_few_requests_make_nothing_clear() -> None:
    assert not better(gain([some_examples(0, True, 1, n_requests=15)]))


def test_they_do_harm_where_the_loss_is_clear_in_all_splits_together() -> None:
    loss, nothing = np.array([0.0, -0.01] * 50), np.full(100, np.nan)
    assert worse([loss, nothing])
    assert not worse([loss, 2 - loss])
    assert not worse([nothing])


def test_of_three_users_no_loss_is_clear() -> None:
    assert not worse([np.array([-0.01, -0.011, -0.012])])


def test_who_help_in_one_kind_of_split_and_do_harm_in_all_together_do_not_help() -> None:
    help_, harm = np.array([0.0, 0.01] * 50), np.array([0.0, -0.1] * 50)
    assert better([help_, np.zeros(100)])
    assert not better([help_, harm])


def test_the_more_kinds_of_splits_are_looked_at_the_clearer_one_has_to_be() -> None:
    """Of splits in which donors tell nothing, one in twenty would seem a gain at the least."""
    rng = np.random.default_rng(0)
    taken = [better(list(rng.normal(size=(8, 50)))) for _ in range(1000)]
    assert np.mean(taken) < 0.04


def test_who_has_a_history_learns_nothing_from_those_without_one() -> None:
    made, _ = train([some_examples(0, False, positives=0, n_requests=300)], seed=7)
    assert not any(expert.trees.texts for expert in made.experts)


def test_each_expert_uses_donors_where_they_helped(ranker: Ranker) -> None:
    assert (ranker.experts[SHORT].uses_donors, ranker.experts[LONG].uses_donors) == (True, False)
    assert ranker.experts[SHORT].trees.columns == COLUMNS
    assert ranker.experts[LONG].trees.columns == OWN_COLUMNS


def test_what_only_donors_named_is_admitted_where_they_are_used(ranker: Ranker) -> None:
    for positives, left in ((1, ITEMS), (3, ITEMS), (4, ITEMS - 1), (11, ITEMS - 1)):
        asked = some_examples(9, True, positives, n_requests=2).candidates
        assert ranker.admitted(asked, 0).item.tolist() == 2 * list(range(left))


def test_what_only_donors_named_stays_where_the_list_would_be_short_without_it(ranker: Ranker) -> None:
    asked = some_examples(9, True, positives=11, n_requests=2).candidates
    left = [len(ranker.admitted(asked, least).item) / 2 for least in (ITEMS - 1, ITEMS)]
    assert left == [ITEMS - 1, ITEMS]


def test_the_ranker_without_donors_is_learnt_as_if_there_were_none(
    learnt: list[Examples], rankers: tuple[Ranker, Ranker]
) -> None:
    (ranker, alone), asked = rankers, some_examples(9, False, 50).candidates
    assert not any(expert.uses_donors for expert in alone.experts)
    assert alone.experts[LONG] is ranker.experts[LONG]
    assert ranker.score(ranker.admitted(asked, 0)).tolist() == alone.score(asked.without_transfer()).tolist()
    assert train(without_transfer(learnt), seed=7) == (alone, alone)


def test_learnt_again_from_the_same_examples_it_is_the_same(learnt: list[Examples], ranker: Ranker) -> None:
    assert again(ranker, learnt, seed=7) == ranker


def test_learnt_again_from_others_it_keeps_donors_and_trees_where_it_had_them(
    learnt: list[Examples], ranker: Ranker
) -> None:
    other = again(ranker, learnt[::2], seed=7)
    assert other != ranker
    assert [one.uses_donors for one in other.experts] == [one.uses_donors for one in ranker.experts]
    assert [bool(one.trees.texts) for one in other.experts] == [bool(one.trees.texts) for one in ranker.experts]


def test_each_request_is_scored_by_its_own_expert(ranker: Ranker) -> None:
    few, many = some_examples(9, True, 1).candidates, some_examples(9, True, 50).candidates
    assert ranker.score(few).tolist() == ranker.experts[SHORT].trees.score(few).tolist()
    assert ranker.score(many).tolist() == ranker.experts[LONG].trees.score(many).tolist()
    assert ranker.terms(many).sum(axis=1) == pytest.approx(ranker.score(many), abs=1e-4)


def test_where_one_expert_has_too_few_examples_it_learns_from_all() -> None:
    ranker, _ = train([some_examples(0, True, 1, n_requests=300)], seed=7)
    assert all(expert.trees == ranker.experts[SHORT].trees for expert in ranker.experts)


def test_with_much_to_learn_from_half_the_requests_are_judged_and_with_little_all() -> None:
    few, many = ([some_examples(0, False, 50, n_requests=count)] for count in (100, validation.ONE_HALF + 2))
    assert judged(validation.run(few, few, seed=7)) == 100
    assert judged(validation.run(many, many, seed=7)) == validation.ONE_HALF // 2 + 1


def test_what_was_chosen_and_cannot_be_found_counts_as_missed() -> None:
    asked = [some_examples(0, True, 1, n_requests=40)]
    lost = [asked[0].take(asked[0].chosen == 0)]
    (found,) = validation.run(lost, asked, seed=7).ndcg
    assert found.tolist() == [0.0] * 40


def test_users_who_ask_several_times_are_not_overfit() -> None:
    """Each of 50 users asks four times for the same, of which one signal tells half, and nothing the rest."""
    one, user = some_examples(0, False, 50, n_requests=50), np.tile(np.arange(50, dtype=np.int32), 4)
    taste = one.candidates.features[:, 0] + np.random.default_rng(100).uniform(0, 1, 50 * ITEMS)
    chosen = (taste.reshape(50, ITEMS) == taste.reshape(50, ITEMS).max(axis=1, keepdims=True)).ravel()
    four = one.candidates.take(np.tile(np.arange(50 * ITEMS, dtype=np.int32), 4))
    four = replace(four, request=np.repeat(np.arange(200, dtype=np.int32), ITEMS), asked=literal.facts([50] * 200))
    asked = Examples(four, np.tile(chosen, 4).astype(np.float32), user)
    strangers = replace(asked, user=user + np.repeat(np.arange(4, dtype=np.int32), 50))
    assert validation.run([strangers], [strangers], seed=7).rounds == ROUNDS
    assert validation.run([asked], [asked], seed=7).rounds == 0


def test_an_expert_for_users_new_to_a_domain_is_cautious_unless_it_learns_from_their_own_examples() -> None:
    declared, enough = EXPERTS["new to a domain"], some_examples(0, True, 5, n_requests=120)
    theirs = np.zeros_like(enough.candidates.features)
    there = replace(enough, candidates=replace(enough.candidates, features=theirs))
    assert [experts._plan(declared, [made])[2] for made in (enough, there)] == [True, False]
    assert experts._plan(EXPERTS["short history"], [enough])[2] is False
    assert experts._plan(EXPERTS["returning"], [enough])[2] is True
