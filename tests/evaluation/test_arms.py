from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from recsys import schema
from recsys.evaluation import arms
from recsys.evaluation.arms import Arms
from recsys.events.interactions import Floats, Interactions
from recsys.events.split import Split, leave_last
from recsys.ranking import models
from recsys.ranking.lists.reasons import Words
from recsys.ranking.lists.recommend import recommend
from recsys.ranking.lists.rules import cap
from recsys.ranking.ranker import backcast
from recsys.ranking.ranker.stage import fit_rankers
from recsys.ranking.signals import ease
from recsys.ranking.signals.item_to_item import ItemToItem
from recsys.ranking.world import World
from recsys.settings import Settings
from tests.brief import brief_training


@pytest.fixture(scope="module")
def cut(checkerboard: Interactions) -> tuple[Interactions, Split]:
    return leave_last(checkerboard, 3)


@pytest.fixture(scope="module")
def fit(world: World, vectors: Floats, configured: Callable[..., Settings]) -> Callable[[Interactions], Arms]:
    return brief_training()(lambda known: arms.fit(known, world, vectors, configured()))


@pytest.fixture(scope="module")
def fitted(fit: Callable[[Interactions], Arms], cut: tuple[Interactions, Split]) -> Arms:
    return fit(cut[0])


def penalty(of: Arms, known: Interactions) -> float:
    """The penalty with which EASE was fitted on everything known."""
    (found,) = [signal for signal in of.signals if signal.spec == ease.EASE]
    assert isinstance(found, ItemToItem)
    links = found.links.toarray()
    return next(l2 for l2 in arms.PENALTIES if np.array_equal(ease.of(known, l2).links.toarray(), links))


def test_best_takes_the_open_items_of_highest_score() -> None:
    scores = np.array([[0.1, 0.9, 0.5, 0.7]], np.float32)
    closed = np.array([[False, True, False, False]])
    assert arms.best(scores, np.zeros_like(scores), closed).tolist() == [[3, 2, 0, -1]]


def test_best_takes_what_is_popular_for_who_has_no_score_at_all() -> None:
    popular = np.array([[1.0, 3.0, 2.0], [1.0, 3.0, 2.0]], np.float32)
    scores = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 9.0]], np.float32)
    assert arms.best(scores, popular, np.zeros((2, 3), bool))[:, 0].tolist() == [1, 2]


def test_best_fills_up_with_what_is_popular_and_never_by_place_in_the_catalogue() -> None:
    scores = np.array([[0.0, 0.0, 5.0, 0.0], [0.0, 0.0, 0.0, -1.0]], np.float32)
    popular = np.array([[1.0, 4.0, 2.0, 3.0], [2.0, 2.0, 3.0, 9.0]], np.float32)
    assert arms.best(scores, popular, np.zeros((2, 4), bool)).tolist() == [[2, 1, 3, 0], [2, 0, 1, 3]]


def test_best_shows_ten_and_leaves_places_empty_where_all_is_closed() -> None:
    scores = np.arange(24, dtype=np.float32).reshape(2, 12)
    closed = np.array([[False] * 12, [True] * 12])
    assert arms.best(scores, scores, closed).tolist() == [[11, 10, 9, 8, 7, 6, 5, 4, 3, 2], [-1] * 10]


@pytest.mark.parametrize(
    "switch", ["transfer.enabled=false", "lists.max_per_category=2", "lists.exploration=0.3", "lists.diversity=0.5"]
)
@brief_training()
def test_ours_is_what_is_published_under_every_switch(
    switch: str, cut: tuple[Interactions, Split], world: World, vectors: Floats, configured: Callable[..., Settings]
) -> None:
    settings = configured(switch, "lists.top_n=10")
    categories = [f"kind {item % 7}" for item in range(cut[0].n_items)]
    capped = replace(world, cap=cap(categories, settings.lists.max_per_category))
    ranker, _ = fit_rankers(backcast.examples(cut[0], capped, settings), settings)
    words = Words([""] * cut[0].n_items, [""] * world.items.membership.shape[1])
    published, _ = recommend(models.fit(cut[0], capped, settings), ranker, cut[1].requests, settings, words)
    ours = arms.fit(cut[0], capped, vectors, settings).answer(cut[1].requests)["recsys"]
    assert ours.tolist() == [shown.item.tolist() for shown in published]


def test_a_request_is_answered_alone_as_it_is_among_others(fitted: Arms, cut: tuple[Interactions, Split]) -> None:
    requests = cut[1].requests
    together = fitted.answer(requests)
    rows = np.array([40, 7], np.int32)
    alone = fitted.answer(requests.part(rows))
    assert all(np.array_equal(alone[arm], lists[rows]) for arm, lists in together.items())


def test_the_size_of_a_batch_changes_no_list(
    fitted: Arms, cut: tuple[Interactions, Split], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = fitted.answer(cut[1].requests)
    monkeypatch.setattr(models, "BATCH", 7)
    parts = fitted.answer(cut[1].requests)
    assert all(np.array_equal(parts[arm], lists) for arm, lists in whole.items())


@pytest.mark.parametrize("penalties", [(1e-3, 500.0), (500.0, 1e-3)])
def test_ease_is_given_the_penalty_that_does_best_on_the_slice_before(
    penalties: tuple[float, ...],
    fit: Callable[[Interactions], Arms],
    cut: tuple[Interactions, Split],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # With hardly a penalty, EASE learns the accidents of 60 users by heart.
    monkeypatch.setattr(arms, "PENALTIES", penalties)
    assert penalty(fit(cut[0]), cut[0]) == 500


def test_what_is_hidden_has_no_say_in_the_penalty_of_ease(
    fit: Callable[[Interactions], Arms], fitted: Arms, checkerboard: Interactions, cut: tuple[Interactions, Split]
) -> None:
    hidden = checkerboard.order_from_end < 3
    item = np.where(hidden, (checkerboard.item + 1) % checkerboard.n_items, checkerboard.item)
    known, split = leave_last(replace(checkerboard, item=item.astype(np.int32)), 3)
    assert (split.targets != cut[1].targets).nnz
    assert penalty(fit(known), known) == penalty(fitted, cut[0])


def test_the_penalty_of_ease_is_judged_in_batches_as_in_one(
    fitted: Arms, fit: Callable[[Interactions], Arms], cut: tuple[Interactions, Split], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "BATCH", 7)
    assert penalty(fit(cut[0]), cut[0]) == penalty(fitted, cut[0])


def test_ease_keeps_the_penalty_of_the_settings_where_no_slice_is_left(
    fit: Callable[[Interactions], Arms], checkerboard: Interactions, configured: Callable[..., Settings]
) -> None:
    short = checkerboard.take(checkerboard.order_from_start < 3)
    (found,) = [signal for signal in fit(short).signals if signal.spec == ease.EASE]
    assert isinstance(found, ItemToItem)
    expected = ease.of(short, configured().ranking.ease_l2)
    assert np.array_equal(found.links.toarray(), expected.links.toarray())


def test_ours_without_transfer_uses_no_donor(fitted: Arms) -> None:
    theirs, left = (set(fitted.rankers[arm].experts[0].columns) for arm in (schema.RECSYS, schema.NO_TRANSFER))
    assert {column.name for column in theirs - left} == {"alpha", "transferred interests", "neighbours' items"}
    assert left < theirs


def test_arms_that_are_reranked_otherwise_order_the_same_candidates(
    fitted: Arms, cut: tuple[Interactions, Split]
) -> None:
    lists = replace(fitted, reranked={"as it is": 0.0, "all kinds": 1.0}).answer(cut[1].requests)
    taste = fitted.fitted.transfer.membership
    first = {arm: taste[lists[arm][:, :4]].argmax(axis=2) for arm in ("as it is", "all kinds")}
    alike = {arm: (kinds == kinds[:, :1]).mean() for arm, kinds in first.items()}
    assert alike["all kinds"] < alike["as it is"]
