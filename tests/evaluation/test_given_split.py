"""A split that came with the events, by hand: who knows what, who is asked for what, and a split that is written."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from recsys.errors import DataError
from recsys.evaluation import protocols
from recsys.evaluation.protocols.cut import Cut, Given
from recsys.evaluation.protocols.given_split import labels_of
from recsys.events.interactions import Interactions
from recsys.events.side import nothing
from recsys.settings import EvaluationSettings

History = Callable[..., Interactions]
EVENTS = [(0, 0, 1, 1), (0, 1, 1, 2), (0, 2, 1, 3), (1, 1, 1, 1), (1, 2, 1, 2), (2, 0, 1, 5), (2, 1, -1, 6)]
LABELS = ["train", "valid", "test", "train", "test", "train", "test"]


def given(events: Interactions, labels: Sequence[str | None] | None, timed: bool = True) -> Given:
    membership = np.eye(events.n_items, dtype=np.float32)
    words = None if labels is None else np.array(labels, dtype=object)
    settings = EvaluationSettings(leave_last=1, late_share=0.4)
    return Given(events, nothing(events.n_users, events.n_items), membership, settings, timed, words)


def asked(cut: Cut) -> dict[int, tuple[list[int], list[int]]]:
    """Items of the history, and items wanted, by user."""
    history = cut.split.requests.history
    return {
        int(user): (history.item[history.user == row].tolist(), cut.split.targets[[row]].indices.tolist())
        for row, user in enumerate(cut.split.requests.user)
    }


def pairs(events: Interactions) -> list[tuple[int, int]]:
    return list(zip(events.user.tolist(), events.item.tolist(), strict=True))


@pytest.mark.parametrize(
    ("protocol", "known"),
    [("given-split", [(0, 0), (1, 1), (2, 0)]), ("given-split-valid", [(0, 0), (0, 1), (1, 1), (2, 0)])],
)
def test_models_know_what_is_marked_for_them_and_all_are_asked_with_valid_folded_in(
    history: History, protocol: str, known: list[tuple[int, int]]
) -> None:
    (cut,) = protocols.cuts(protocol, given(history(EVENTS, 3, 3), LABELS))
    assert pairs(cut.known) == known
    assert asked(cut) == {0: ([0, 1], [2]), 1: ([1], [2])}  # what user 2 is marked for is not positive


def test_words_are_read_without_case_and_by_their_usual_forms(history: History) -> None:
    words = ["TRAIN", "Validation", "test ", "training", "testing", "train", "test"]
    events = history(EVENTS, 3, 3)
    (cut,), (same,) = (protocols.cuts("given-split", given(events, labels)) for labels in (words, LABELS))
    assert (pairs(cut.known), asked(cut)) == (pairs(same.known), asked(same))


def test_who_is_asked_for_what_they_had_before_counts_as_not_served(history: History) -> None:
    (cut,) = protocols.cuts("given-split", given(history([(0, 0, 1, 1), (0, 0, 1, 2)], 1, 2), ["train", "test"]))
    assert asked(cut) == {0: ([0], [0])}


def test_a_request_is_made_after_its_history_and_at_one_time_where_there_are_no_times(history: History) -> None:
    events = history([(0, 0, 1, 9), (0, 1, 1, 4), (1, 0, 1, 2), (1, 1, 1, 3)], 2, 2)
    labels = ["test", "train", "train", "test"]  # in the order of time: user 0 trains after the test
    at = {
        timed: protocols.cuts("given-split", given(events, labels, timed))[0].split.requests.at
        for timed in (True, False)
    }
    assert (at[True].tolist(), at[False].tolist()) == ([9, 3], [9, 9])


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (None, r"no column split[\s\S]*source.columns"),
        (["train"] * 6 + ["hold"], "seen: 'hold'"),
        (["train"] * 6 + [None], "seen: ''"),
        (["train"] * 7, "some of test"),
    ],
)
def test_a_split_that_cannot_be_followed_is_refused(
    history: History, labels: list[str | None] | None, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        protocols.cuts("given-split", given(history(EVENTS, 3, 3), labels))


@pytest.mark.parametrize("protocol", ["warm", "global-time"])
def test_a_protocol_written_as_a_split_puts_the_same_requests(history: History, protocol: str) -> None:
    rng = np.random.default_rng(7)
    drawn = {(user, item): (user, item, 1, day) for day in range(60) for user, item in [rng.integers(0, 6, 2).tolist()]}
    events = history(list(drawn.values()), 6, 6)
    (cut,) = protocols.cuts(protocol, given(events, None))
    labels = labels_of(cut, events)
    kept = np.array([label is not None for label in labels])
    (again,) = protocols.cuts("given-split", given(events.take(kept), labels[kept].tolist()))
    assert len(cut.split.requests) > 2
    assert (pairs(again.known), asked(again)) == (pairs(cut.known), asked(cut))


def test_what_is_revealed_of_new_users_is_written_as_valid(history: History) -> None:
    events = history([(user, item, 1, item) for user in range(10) for item in range(4)], 10, 4)
    settings = EvaluationSettings(cold_revealed=(2,), cold_share=0.2)
    cuts = protocols.cuts("cold-users", Given(events, nothing(10, 4), np.eye(4, dtype=np.float32), settings))
    labels = labels_of(cuts[0], events)
    hidden = set(cuts[0].split.requests.user.tolist())
    assert 0 < len(hidden) < 10
    assert {labels[events.user == user].tolist()[0] for user in hidden} == {"valid"}
    assert {label for user in set(range(10)) - hidden for label in labels[events.user == user]} == {"train"}


def test_a_protocol_that_spoils_what_is_known_is_no_split(history: History) -> None:
    events = history([(user, item, 1, item) for user in range(10) for item in range(5)], 10, 8)
    spoiled = next(cut for cut in protocols.cuts("noise", given(events, None)) if cut.clean)
    with pytest.raises(DataError, match=r"protocol noise.* is no split of the events"):
        labels_of(spoiled, events)
