from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.events.interactions import Interactions
from recsys.events.split import Split, at_moment, leave_last
from recsys.ranking import examples, models
from recsys.ranking import folds as folding
from recsys.ranking.examples import Examples
from recsys.ranking.features import Candidates
from recsys.ranking.folds import LATER, NEWCOMER_FOLDS, SLICES, Fold, folds, generator, held_out, revealed
from recsys.ranking.models import Models, World
from recsys.settings import Settings
from tests.ranking.conftest import CHOSEN, ITEMS

if TYPE_CHECKING:
    from tests.ranking.conftest import Shop


ANOTHER_DAY = 2
NEWCOMERS, THEIRS = slice(SLICES, SLICES + NEWCOMER_FOLDS), slice(SLICES, SLICES + 2 * NEWCOMER_FOLDS, 2)
OF_NEW_ITEMS = slice(SLICES + 1, SLICES + 2 * NEWCOMER_FOLDS, 2)


@dataclass
class Asked:
    """What the models of each fold knew, and what they were asked."""

    known: list[Interactions] = field(default_factory=list)
    splits: list[Split] = field(default_factory=list)


@pytest.fixture
def asked(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What is known and asked in the folds of the shop."""
    found, fit, labelled = Asked(), models.fit, examples.labelled

    def listening_fit(known: Interactions, world: World, settings: Settings) -> Models:
        found.known.append(known)
        return fit(known, world, settings)

    def listening(fitted: Models, split: Split, settings: Settings) -> Examples:
        found.splits.append(split)
        return labelled(fitted, split, settings)

    monkeypatch.setattr(folding, "LEAST_ASKED", 1)
    monkeypatch.setattr(models, "fit", listening_fit)
    monkeypatch.setattr(examples, "labelled", listening)
    examples.of_folds(shop.known, shop.world, shop.settings)
    return found


def test_there_are_folds_of_earlier_slices_of_newcomers_of_new_items_and_of_another_day(
    asked: Asked,
) -> None:
    assert len(asked.known) == SLICES + NEWCOMER_FOLDS + ANOTHER_DAY
    assert len(asked.splits) == SLICES + 2 * NEWCOMER_FOLDS + ANOTHER_DAY


def test_each_slice_lies_before_the_one_above_it(shop: Shop, asked: Asked) -> None:
    users, counts = np.unique(shop.known.user, return_counts=True)
    for number in range(SLICES):
        known, requests = asked.known[number], asked.splits[number].requests
        assert np.bincount(known.user)[users].tolist() == (counts - (number + 1)).tolist()
        assert (known.day < requests.at[known.user]).all()


def test_newcomers_are_unknown_to_the_models_and_play_in_one_fold_alone(asked: Asked) -> None:
    played: list[int] = []
    for known, newcomers in zip(asked.known[NEWCOMERS], asked.splits[THEIRS], strict=True):
        assert not set(newcomers.requests.user) & set(known.user)
        played += set(newcomers.requests.user.tolist())
    assert len(played) == len(set(played)) > 0


def test_newcomers_come_with_histories_of_several_lengths(asked: Asked) -> None:
    lengths = {int(length) for split in asked.splits[THEIRS] for length in np.diff(split.requests.history.starts)}
    assert {0, 1, 3} <= lengths


def test_new_items_are_unknown_to_the_models_and_ranked_among_themselves(shop: Shop) -> None:
    learnt = examples.of_folds(shop.known, shop.world, shop.settings)
    for one in learnt[OF_NEW_ITEMS]:
        events = one.candidates.features[:, one.candidates.names.index("item events")]
        assert len(events)
        assert (events == 0).all()
        assert one.chosen.sum() > 0


def test_of_a_moment_for_everybody_nothing_later_is_known_of_anybody(shop: Shop, asked: Asked) -> None:
    known, (moment, *others) = asked.known[-1], np.unique(asked.splits[-1].requests.at)
    assert not others
    assert known.day.max() < moment
    assert len(known.user) + np.count_nonzero(shop.known.day >= moment) == len(shop.known.user)
    assert len(known.user) == pytest.approx((1 - LATER) * len(shop.known.user), rel=0.1)


def test_of_a_last_visit_everything_before_it_is_known(shop: Shop, asked: Asked) -> None:
    """Everyone of the shop comes by once a day."""
    known, split = asked.known[-2], asked.splits[-2]
    assert np.diff(known.starts)[split.requests.user].tolist() == [CHOSEN - 1] * len(split.requests)
    assert split.targets.sum() == len(split.requests) == len(np.unique(shop.known.user))


def test_without_times_nobody_is_asked_on_another_day_nor_where_few_come_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folding, "LEAST_ASKED", 1)
    assert len(folds(shop.known, shop.world, seed=7)) == SLICES + NEWCOMER_FOLDS + ANOTHER_DAY
    assert len(folds(shop.known, replace(shop.world, timed=False), seed=7)) == SLICES + NEWCOMER_FOLDS
    monkeypatch.setattr(folding, "LEAST_ASKED", 1 + shop.known.n_users)
    assert len(folds(shop.known, shop.world, seed=7)) == SLICES + NEWCOMER_FOLDS


def test_without_times_everybody_is_asked_at_the_end_and_newcomers_for_all_the_rest(shop: Shop) -> None:
    world = replace(shop.world, timed=False)
    split = revealed(shop.known, timed=False)
    history = split.requests.history
    whole = np.diff(shop.known.starts)[split.requests.user]
    assert (np.diff(history.starts) + np.asarray(split.targets.sum(axis=1)).ravel() == whole).all()
    at_the_end = at_moment(split, shop.known.end)
    (made,) = examples.of_fold(Fold(shop.known, ((at_the_end, None),)), world, shop.settings)
    age = made.candidates.features[:, made.candidates.names.index("item age")]
    assert (age >= 0).all()


def test_users_new_to_a_domain_are_asked_for_what_they_chose_there(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "HIDDEN", 0.5)
    domain = np.arange(shop.known.n_items, dtype=np.int32) // 12
    two = replace(shop.world, side=replace(shop.world.side, domain=domain, domains=("books", "films")))
    *_, books, films = examples.of_folds(shop.known, two, shop.settings)
    for place, made in enumerate((books, films)):
        assert set(domain[made.candidates.item]) == {place}
        assert made.chosen.sum() > 0


def test_no_request_knows_its_own_future(asked: Asked) -> None:
    for split in asked.splits:
        history = split.requests.history
        assert (history.day < split.requests.at[history.user]).all()


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_what_comes_after_the_cut_changes_no_feature(shop: Shop, seed: int) -> None:
    """The hidden events of the latest slice are replaced by any others; only what was chosen may change."""
    hidden, rng = shop.known.order_from_end < held_out(shop.known), np.random.default_rng(seed)
    item = shop.known.item.copy()
    for user in np.unique(shop.known.user):
        own = shop.known.user == user
        item[own & hidden] = rng.permutation(np.setdiff1d(np.arange(24), item[own & ~hidden]))[: (own & hidden).sum()]
    for told, meant in zip(_slices(replace(shop.known, item=item), shop), _slices(shop.known, shop), strict=True):
        assert np.array_equal(told.candidates.item, meant.candidates.item)
        assert np.array_equal(told.candidates.features, meant.candidates.features)


def _slices(known: Interactions, shop: Shop) -> list[Examples]:
    return examples.of_folds(known, shop.world, shop.settings)[:SLICES]


def test_chosen_are_the_targets_among_the_candidates(shop: Shop) -> None:
    known, split = leave_last(shop.known, 2)
    made = examples.labelled(models.fit(known, shop.world, shop.settings), split, shop.settings)
    candidates = made.candidates
    for row in range(len(split.requests)):
        here = candidates.request == row
        wanted = set(split.targets[[row]].indices.tolist())
        assert set(candidates.item[here & (made.chosen == 1)].tolist()) == wanted & set(candidates.item[here].tolist())


def test_of_items_that_none_of_may_be_shown_there_are_no_examples(shop: Shop) -> None:
    known, split = leave_last(shop.known, 2)
    closed = models.fit(known, shop.world, shop.settings).within(np.zeros(ITEMS, bool))
    assert not len(examples.labelled(closed, split, shop.settings).chosen)


def test_what_has_expired_by_now_is_learnt_from_and_shown_no_more(shop: Shop) -> None:
    today = np.arange(ITEMS) == 3
    world = replace(shop.world, available=today, offered=shop.world.available)
    learnt = [one.chosen.tolist() for one in examples.of_folds(shop.known, world, shop.settings)]
    assert learnt == [one.chosen.tolist() for one in examples.of_folds(shop.known, shop.world, shop.settings)]
    shown = models.fit(shop.known, world, shop.settings).candidates(shop.everyone(), shop.settings)
    assert set(shown.item.tolist()) == {3}


def test_without_transfer_the_labels_stay_with_their_candidates() -> None:
    """Of six candidates of two requests, items 3 and 0 were named by donors alone; item 7 was filled up."""
    own, donors, nobody = [1, 1, 0, -1], [0, -1, 1, 1], [0, 0, 0, 0]
    candidates = Candidates(
        request=np.array([0, 0, 0, 1, 1, 1], np.int32),
        item=np.array([2, 3, 7, 0, 2, 9], np.int32),
        features=np.array([own, donors, nobody, donors, own, own], np.float32),
        names=("own", "own standing", "donors' items", "donors' items standing"),
        transfers=np.array([False, False, True, True]),
        n_requests=2,
    )
    chosen, user = np.array([0, 1, 1, 0, 0, 1], np.float32), np.array([4, 8], np.int32)
    (left,) = examples.without_transfer([Examples(candidates, chosen, user)])
    assert left.candidates.request.tolist() == [0, 0, 1, 1]
    assert left.candidates.item.tolist() == [2, 7, 2, 9]
    assert left.chosen.tolist() == [0, 1, 0, 1]
    assert left.user.tolist() == [4, 8]


def test_a_shop_where_nobody_chose_anything_has_no_examples(shop: Shop) -> None:
    nothing = shop.known.take(np.zeros(len(shop.known.user), bool))
    assert examples.of_folds(nothing, shop.world, shop.settings) == []


def test_who_plays_a_newcomer_is_drawn_apart_from_whom_an_evaluation_of_the_same_seed_hides() -> None:
    hidden, played = (rng.random(1000) < 0.2 for rng in (np.random.default_rng(7), generator(7)))
    assert 20 < np.count_nonzero(hidden & played) < 60


def test_examples_of_several_processes_are_those_of_one(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "WORTH_A_PROCESS", 0)
    several, one = (examples.of_folds(shop.known, shop.world, _with(shop.settings, processes)) for processes in (2, 1))
    for told, meant in zip(several, one, strict=True):
        assert np.array_equal(told.candidates.item, meant.candidates.item)
        assert np.array_equal(told.candidates.features, meant.candidates.features)
        assert np.array_equal(told.chosen, meant.chosen)
        assert np.array_equal(told.user, meant.user)


def _with(settings: Settings, processes: int) -> Settings:
    return settings.model_copy(update={"ranking": settings.ranking.model_copy(update={"processes": processes})})
