"""The validation of a protocol, and the users it is asked about."""

from collections.abc import Callable

import numpy as np
import pytest

from benchmarks.quality import cuts
from benchmarks.quality.compare import FAMILIES, cut_of
from benchmarks.quality.ease import EASE
from benchmarks.quality.tuning import Catalogue, judged, tune
from recsys.events.interactions import Interactions

Change = Callable[[Interactions, Interactions], Interactions]


@pytest.mark.parametrize("family", FAMILIES)
def test_the_validation_never_sees_what_is_hidden(
    family: str, checkerboard: Interactions, catalogue: Catalogue, changed: Change
) -> None:
    cut = cut_of(checkerboard, family, 2)
    other = cut_of(changed(checkerboard, cut.known), family, 2)
    assert any((cut.splits[name].targets != other.splits[name].targets).nnz for name in cut.splits)
    first, second = (
        tune(EASE, cut_of(one.known, family, 2), catalogue, seed=0) for one in (cut, other)
    )  # fmt: skip
    assert first.values == second.values
    assert first.chosen == second.chosen


@pytest.mark.parametrize("family", FAMILIES)
def test_no_answer_of_the_test_is_known_or_asked_for_in_the_validation(family: str, checkerboard: Interactions) -> None:
    cut = cut_of(checkerboard, family, 2)
    inner = cut_of(cut.known, family, 2)
    for split in cut.splits.values():
        asked = {(user, item) for row, item in zip(*split.targets.nonzero(), strict=True)
                 for user in [split.requests.user[row]]}  # fmt: skip
        known = set(zip(cut.known.user.tolist(), cut.known.item.tolist(), strict=True))
        sought = {(one.requests.user[row], item) for one in inner.splits.values()
                  for row, item in zip(*one.targets.nonzero(), strict=True)}  # fmt: skip
        assert asked
        assert sought
        assert not asked & known
        assert not asked & sought


def test_newcomers_are_the_same_for_every_seed_and_others_in_the_validation(checkerboard: Interactions) -> None:
    first, again = cuts.cold(checkerboard), cuts.cold(checkerboard)
    inner = cuts.cold(first.known)
    users = [set(one.splits["cold-0"].requests.user.tolist()) for one in (first, again, inner)]
    assert users[0] == users[1]
    assert not users[0] & users[2]


def test_newcomers_show_as_many_events_as_the_protocol_says(checkerboard: Interactions) -> None:
    splits = cuts.cold(checkerboard).splits
    assert {name: set(np.bincount(one.requests.history.user, minlength=len(one.requests)).tolist())
            for name, one in splits.items()} == {f"cold-{count}": {count} for count in (0, 1, 3, 5)}  # fmt: skip


def test_requests_of_several_protocols_are_judged_apart(checkerboard: Interactions) -> None:
    cut = cuts.cold(checkerboard)
    targets = cut.together().targets.toarray()
    right = np.argsort(-targets, axis=1, kind="stable").astype(np.int32)
    found = judged(right, cut)
    assert list(found) == ["cold-0", "cold-1", "cold-3", "cold-5"]
    assert all(values.tolist() == pytest.approx([1.0] * len(values)) for values in found.values())
