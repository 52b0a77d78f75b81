"""The validation of a protocol, and the users it is asked about."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.quality import cuts
from benchmarks.quality.compare import cut_of
from benchmarks.quality.contract import FAMILIES, Family
from benchmarks.quality.ease import EASE
from benchmarks.quality.tuning import Catalogue, judged, tune
from recsys.events.interactions import Interactions
from recsys.events.side import SideInformation, nothing

Change = Callable[[Interactions, Interactions], Interactions]


@pytest.mark.parametrize("family", FAMILIES)
def test_the_validation_never_sees_what_is_hidden(
    family: Family, checkerboard: Interactions, catalogue: Catalogue, changed: Change
) -> None:
    cut = cut_of(checkerboard, family, catalogue)
    other = cut_of(changed(checkerboard, cut.known), family, catalogue)
    assert any((cut.splits[name].targets != other.splits[name].targets).nnz for name in cut.splits)
    first, second = (
        tune(EASE, cut_of(variant.known, family, catalogue), catalogue, seed=0) for variant in (cut, other)
    )
    assert first.values == second.values
    assert first.best == second.best


@pytest.mark.parametrize("family", FAMILIES)
def test_no_answer_of_the_test_is_known_or_asked_for_in_the_validation(
    family: Family, checkerboard: Interactions, catalogue: Catalogue
) -> None:
    cut = cut_of(checkerboard, family, catalogue)
    inner = cut_of(cut.known, family, catalogue)
    for split in cut.splits.values():
        asked = {
            (user, item)
            for row, item in zip(*split.targets.nonzero(), strict=True)
            for user in [split.requests.user[row]]
        }
        known = set(zip(cut.known.user.tolist(), cut.known.item.tolist(), strict=True))
        sought = {
            (split.requests.user[row], item)
            for split in inner.splits.values()
            for row, item in zip(*split.targets.nonzero(), strict=True)
        }
        assert asked
        assert sought
        assert not asked & known
        assert not asked & sought


def test_new_users_are_the_same_for_every_seed_and_others_in_the_validation(checkerboard: Interactions) -> None:
    first, again = cuts.cold(checkerboard), cuts.cold(checkerboard)
    inner = cuts.cold(first.known)
    users = [set(cut.splits["cold-0"].requests.user.tolist()) for cut in (first, again, inner)]
    assert users[0] == users[1]
    assert not users[0] & users[2]


def test_new_users_show_as_many_events_as_the_protocol_says(checkerboard: Interactions) -> None:
    splits = cuts.cold(checkerboard).splits
    assert {
        name: set(np.bincount(split.requests.history.user, minlength=len(split.requests)).tolist())
        for name, split in splits.items()
    } == {f"cold-{count}": {count} for count in (0, 1, 3, 5)}


def test_requests_of_several_protocols_are_judged_apart(checkerboard: Interactions) -> None:
    cut = cuts.cold(checkerboard)
    targets = cut.together().targets.toarray()
    right = np.argsort(-targets, axis=1, kind="stable").astype(np.int32)
    found = judged(right, cut)
    assert list(found) == ["cold-0", "cold-1", "cold-3", "cold-5"]
    assert all(values.tolist() == pytest.approx([1.0] * len(values)) for values in found.values())


def test_who_is_new_to_a_domain_is_known_from_others_alone_and_asked_for_all_they_chose_in_it(
    checkerboard: Interactions, side: SideInformation
) -> None:
    cut = cuts.cross(checkerboard, side)
    assert list(cut.domains.items()) == [("cross-domain books", 0), ("cross-domain films", 1)]
    for name, place in cut.domains.items():
        split, inside = cut.splits[name], side.domain == place
        positives = checkerboard.positives[split.requests.user].toarray()
        assert not cut.known.seen[split.requests.user].toarray()[:, inside].any()
        assert not split.requests.history.seen.toarray()[:, inside].any()
        assert np.array_equal(split.targets.toarray(), positives * inside)


def test_the_validation_makes_others_new_to_a_domain(checkerboard: Interactions, side: SideInformation) -> None:
    outer = cuts.cross(checkerboard, side)
    inner = cuts.cross(outer.known, side)
    for name in outer.splits:
        assert not set(outer.splits[name].requests.user) & set(inner.splits[name].requests.user)


def test_of_one_domain_alone_nobody_is_asked_to_come_from_another(checkerboard: Interactions) -> None:
    cut = cuts.cross(checkerboard, nothing(checkerboard.n_users, checkerboard.n_items))
    assert (cut.known, cut.splits) == (checkerboard, {})


def test_only_items_of_the_domain_asked_for_are_open(checkerboard: Interactions, catalogue: Catalogue) -> None:
    cut = cuts.cross(checkerboard, catalogue.side)
    task = catalogue.task(cut)
    asked = np.repeat([0, 1], [len(split.requests) for split in cut.splits.values()])
    assert task.within.tolist() == asked.tolist()
    assert (~task.closed).any(axis=1).all()
    assert not (~task.closed & (catalogue.side.domain != asked[:, None])).any()


def test_where_an_order_stands_in_for_times_everybody_asks_at_its_end(
    checkerboard: Interactions, catalogue: Catalogue
) -> None:
    cut = cut_of(checkerboard, "warm", replace(catalogue, timed=False))
    assert set(cut.splits["warm"].requests.at) == {checkerboard.end}


def test_new_users_with_links_show_so_many_events_and_are_asked_for_all_the_rest(
    checkerboard: Interactions, side: SideInformation
) -> None:
    cut = cuts.social(checkerboard, side)
    assert list(cut.splits) == ["social-0", "social-1", "social-3"]  # nobody has more than ten
    for count, split in zip((0, 1, 3), cut.splits.values(), strict=True):
        assert not np.isin(split.requests.user, cut.known.user).any()
        assert np.diff(split.requests.history.seen.indptr).tolist() == [count] * len(split.requests)
        assert np.diff(split.targets.indptr).tolist() == [8 - count] * len(split.requests)


def test_of_users_with_links_about_a_fifth_is_hidden_and_of_others_nobody(
    checkerboard: Interactions, side: SideInformation
) -> None:
    graph = side.graph.copy()
    graph.data[graph.indptr[20] :] = 0.0
    graph.eliminate_zeros()
    users = cuts.social(checkerboard, replace(side, graph=graph)).splits["social-0"].requests.user
    assert 1 <= len(users) <= 8
    assert users.max() < 20


def test_without_links_nobody_is_asked(checkerboard: Interactions) -> None:
    cut = cuts.social(checkerboard, nothing(checkerboard.n_users, checkerboard.n_items))
    assert (len(cut.known.user), cut.splits) == (len(checkerboard.user), {})
