from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from recsys.events.interactions import Interactions
from recsys.events.split import Requests, Split, leave_last
from recsys.ranking import models
from recsys.ranking.candidates import Candidates
from recsys.ranking.models import Models
from recsys.ranking.ranker import backcast
from recsys.ranking.ranker.examples import Examples, labelled, without_transfer
from tests.ranking.conftest import ITEMS
from tests.ranking.ranker import literal

if TYPE_CHECKING:
    from tests.ranking.conftest import Shop


@pytest.fixture(scope="module")
def split(shop: Shop) -> Split:
    return leave_last(shop.known, 2)[1]


@pytest.fixture(scope="module")
def fitted(shop: Shop) -> Models:
    """Models of all but the last two of everybody."""
    return models.fit(leave_last(shop.known, 2)[0], shop.world, shop.settings)


def test_chosen_are_the_targets_among_the_candidates(shop: Shop, fitted: Models, split: Split) -> None:
    made = labelled(fitted, split, shop.settings)
    candidates, rows = made.candidates, {int(user): row for row, user in enumerate(split.requests.user)}
    assert made.positive.sum() > 20
    for number, user in enumerate(made.user.tolist()):
        here = candidates.request == number
        wanted = set(split.targets[[rows[user]]].indices.tolist())
        assert set(candidates.item[here & (made.positive == 1)].tolist()) == wanted & set(
            candidates.item[here].tolist()
        )


def test_what_was_chosen_carries_the_weight_of_its_choice(shop: Shop, fitted: Models, split: Split) -> None:
    third = replace(split, weights=split.weights * 0.3)
    made, whole = (labelled(fitted, asked, shop.settings) for asked in (third, split))
    assert made.weight.tolist() == (whole.weight * np.float32(0.3)).tolist()
    assert made.positive.tolist() == whole.positive.tolist() == whole.weight.tolist()


def test_requests_of_which_nothing_was_found_are_left_out_and_the_others_numbered_anew(
    shop: Shop, fitted: Models, split: Split
) -> None:
    """Of every other request the targets are an item that is in the history, and so no candidate."""
    targets = split.targets.tolil()
    for row in range(0, len(split.requests), 2):
        targets[row] = 0
        targets[row, split.requests.history.item[split.requests.history.user == row][0]] = 1
    made, whole = (labelled(fitted, some, shop.settings) for some in (replace(split, weights=targets.tocsr()), split))
    assert made.user.tolist() == split.requests.user[1::2].tolist()
    assert np.unique(made.candidates.request).tolist() == list(range(len(made.user)))
    assert made.candidates.n_requests == len(made.user) == len(made.candidates.asked.positives)
    kept = np.isin(whole.user[whole.candidates.request], made.user)
    assert made.candidates.features.tolist() == whole.candidates.features[kept].tolist()
    assert made.positive.tolist() == whole.positive[kept].tolist()


def test_of_items_that_none_of_may_be_shown_there_are_no_examples(shop: Shop, fitted: Models, split: Split) -> None:
    assert not len(labelled(fitted.within(np.zeros(ITEMS, bool)), split, shop.settings).positive)


def test_of_no_requests_there_are_no_examples(shop: Shop, fitted: Models, split: Split) -> None:
    none = Split(split.requests.part(np.zeros(0, np.int32)), split.targets[:0])
    made = labelled(fitted, none, shop.settings)
    assert len(made.positive) == len(made.user) == made.candidates.n_requests == 0


def test_examples_are_the_same_in_batches_of_any_size(
    shop: Shop, fitted: Models, split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = labelled(fitted, split, shop.settings)
    monkeypatch.setattr(models, "BATCH", 5)
    parts = labelled(fitted, split, shop.settings)
    assert np.array_equal(parts.candidates.request, whole.candidates.request)
    assert np.array_equal(parts.candidates.item, whole.candidates.item)
    assert np.array_equal(parts.candidates.features, whole.candidates.features)
    assert np.array_equal(parts.positive, whole.positive)
    assert np.array_equal(parts.user, whole.user)


def test_new_items_are_unknown_to_the_models_and_ranked_among_themselves(shop: Shop) -> None:
    new = np.arange(ITEMS) < 6
    without = models.fit(shop.known.take(~new[shop.known.item]), shop.world, shop.settings)
    split = leave_last(shop.known, 2)[1]
    made = labelled(without.within(new), split, shop.settings)
    assert made.positive.sum() > 0
    assert made.candidates.new.all()
    assert not made.candidates.of("item events").any()
    assert set(made.candidates.item.tolist()) <= set(range(6))


def test_what_has_expired_by_now_is_learnt_from_and_shown_no_more(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backcast, "SMALL", 0)
    world = replace(shop.world, available=np.arange(ITEMS) == 3, offered=shop.world.available)
    learnt, whole = (backcast.examples(shop.known, some, shop.settings) for some in (world, shop.world))
    assert [made.positive.tolist() for made in learnt] == [made.positive.tolist() for made in whole]
    today = replace(shop.models, available=world.available)
    assert set(today.candidates(shop.everyone(), shop.settings).item.tolist()) == {3}


def test_without_transfer_the_labels_stay_with_their_candidates() -> None:
    """Of six candidates of two requests, items 3 and 0 were named by donors alone; item 7 was filled up."""
    own, donors, nobody = [1, 1, 0, -1], [0, -1, 1, 1], [0, 0, 0, 0]
    signals = literal.spec("own"), literal.spec("donors' items", "donors", transfers=True)
    candidates = Candidates(
        request=np.array([0, 0, 0, 1, 1, 1], np.int32),
        item=np.array([2, 3, 7, 0, 2, 9], np.int32),
        features=np.array([own, donors, nobody, donors, own, own], np.float32),
        columns=tuple(column for spec in signals for column in literal.scored(spec)),
        asked=literal.facts([1, 1]),
        new=np.array([False, True, True, False, False, True]),
    )
    chosen, user = np.array([0, 1, 1, 0, 0, 1], np.float32), np.array([4, 8], np.int32)
    (left,) = without_transfer([Examples(candidates, chosen, user)])
    assert left.candidates.request.tolist() == [0, 0, 1, 1]
    assert left.candidates.item.tolist() == [2, 7, 2, 9]
    assert left.candidates.new.tolist() == [False, True, False, True]
    assert left.candidates.columns == literal.scored(signals[0])
    assert left.positive.tolist() == [0, 1, 0, 1]
    assert left.user.tolist() == [4, 8]


def test_a_request_without_a_history_has_examples_too(shop: Shop, fitted: Models) -> None:
    nothing = Interactions(*(np.zeros(0, np.int32),) * 2, np.zeros(0, np.float32), np.zeros(0), 1, ITEMS)
    wanted = leave_last(shop.known, 2)[1].targets[:1]
    stranger = Split(Requests(nothing, np.array([100.0]), np.array([-1], np.int32)), wanted)
    made = labelled(fitted, stranger, shop.settings)
    assert made.candidates.asked.positives.tolist() == [0]
    assert made.positive.sum() > 0
