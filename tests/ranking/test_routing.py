import numpy as np
import pytest

from recsys.ranking.examples import Examples
from recsys.ranking.features import DOMAIN_EVENTS, EVENTS, RECENCY, Candidates
from recsys.ranking.routing import (
    ANYBODY_KNOWN,
    ENOUGH,
    EVERYBODY,
    EXPERTS,
    PLENTY,
    SESSION,
    Segment,
    route,
    training_segment,
    within,
)


def of(*users: tuple[int, int]) -> Examples:
    """One request of each user (events known, candidates that were all chosen)."""
    request = np.repeat(np.arange(len(users), dtype=np.int32), [chosen for _, chosen in users])
    known = np.log1p(np.array([events for events, _ in users], np.float32))[request, None]
    candidates = Candidates(request, np.arange(len(request), dtype=np.int32), known, (EVENTS,), np.array([False]),
                            len(users))  # fmt: skip
    return Examples(candidates, np.ones(len(request), np.float32), np.arange(len(users), dtype=np.int32))


@pytest.mark.parametrize(
    ("expert", "made", "expected"),
    [
        ("one", of((1, PLENTY)), Segment(1, 1)),
        ("one", of((1, PLENTY - 1), (3, 1)), Segment(1, 3)),
        ("one", of((1, ENOUGH - 1)), ANYBODY_KNOWN),
        ("one", of((0, PLENTY)), ANYBODY_KNOWN),
        ("little", of((1, PLENTY), (3, 1)), Segment(1, 3)),
        ("nothing", of((0, ENOUGH)), Segment(0, 0)),
        ("nothing", of((0, ENOUGH - 1), (1, PLENTY)), EVERYBODY),
        ("some", of((3, PLENTY), (4, ENOUGH - 1), (10, 1)), Segment(4, 10)),
        ("much", of((10, PLENTY), (11, ENOUGH)), Segment(11)),
    ],
)
def test_an_expert_learns_from_the_users_most_like_its_own_who_have_enough_examples(
    expert: str, made: Examples, expected: Segment
) -> None:
    assert training_segment(expert, [made]) == expected


def test_examples_of_several_folds_are_counted_together() -> None:
    assert training_segment("some", [of((4, ENOUGH - 1)), of((5, 1))]) == Segment(4, 10)


def test_within_a_segment_are_the_candidates_of_its_users_alone() -> None:
    (found,) = within(Segment(1, 3), [of((0, 1), (1, 2), (3, 1), (4, 5))])
    assert found.candidates.request.tolist() == [1, 1, 2]
    assert found.candidates.n_requests == 4


def test_each_request_goes_to_the_expert_for_as_much_as_is_known() -> None:
    asked = of(*((events, 1) for events in (0, 1, 2, 3, 4, 10, 11, 500)))
    assert route(asked.candidates).tolist() == [0, 1, 2, 2, 3, 3, 4, 4]


def test_where_nobody_says_how_much_is_known_it_is_much() -> None:
    made = of((1, 2))
    blind = Candidates(made.candidates.request, made.candidates.item, np.zeros((2, 0), np.float32), (),
                       np.zeros(0, bool), 1)  # fmt: skip
    assert route(blind).tolist() == [4, 4]


def between_domains(*requests: list[int], events: int = 5) -> Examples:
    """Requests of users with so many events; for each candidate, the events in its domain."""
    request = np.repeat(np.arange(len(requests), dtype=np.int32), [len(one) for one in requests])
    within = np.log1p(np.concatenate([np.array(one, np.float32) for one in requests]))
    features = np.column_stack([np.full(len(request), np.log1p(events), np.float32), within])
    candidates = Candidates(request, np.arange(len(request), dtype=np.int32), features, (EVENTS, DOMAIN_EVENTS),
                            np.array([False, False]), len(requests))  # fmt: skip
    return Examples(candidates, np.ones(len(request), np.float32), np.arange(len(requests), dtype=np.int32))


def test_who_is_asked_in_new_domains_alone_is_a_visitor() -> None:
    asked = between_domains([0, 0], [0, 5], [5, 5]).candidates
    assert [EXPERTS[place] for place in route(asked)] == ["visitors", "visitors", "some", "some", "some", "some"]


def test_who_has_chosen_nothing_anywhere_visits_nothing() -> None:
    assert [EXPERTS[place] for place in route(between_domains([0, 0], events=0).candidates)] == ["nothing", "nothing"]


def test_visitors_learn_from_visitors_and_nobody_else_does() -> None:
    learnt = [between_domains([0] * ENOUGH, [5] * ENOUGH)]
    assert training_segment("visitors", learnt) == Segment(1, visiting=True)
    assert training_segment("some", learnt) == Segment(4, 10)
    for expert, request in (("visitors", 0), ("some", 1)):
        (found,) = within(training_segment(expert, learnt), learnt)
        assert set(found.candidates.request) == {request}


def test_without_examples_of_visitors_theirs_are_those_of_who_is_known_well() -> None:
    assert training_segment("visitors", [between_domains([5] * ENOUGH, events=11)]) == Segment(11)
    assert training_segment("visitors", [between_domains([5] * ENOUGH, events=10)]) == ANYBODY_KNOWN


def after(*days: float, events: int = 20, chosen: int = 1) -> Examples:
    """Requests of users with so many events, so long after their last one."""
    request = np.repeat(np.arange(len(days), dtype=np.int32), chosen)
    features = np.column_stack([np.full(len(request), np.log1p(events)), np.log1p(np.array(days))[request]])
    candidates = Candidates(request, np.arange(len(request), dtype=np.int32), features.astype(np.float32),
                            (EVENTS, RECENCY), np.array([False, False]), len(days))  # fmt: skip
    return Examples(candidates, np.ones(len(request), np.float32), np.arange(len(days), dtype=np.int32))


@pytest.mark.parametrize(("events", "expert"), [(20, "much"), (10, "some")])
def test_who_comes_back_has_another_expert_than_who_goes_on(events: int, expert: str) -> None:
    asked = after(0, SESSION / 2, SESSION, 300, events=events).candidates
    assert [EXPERTS[place] for place in route(asked)] == [*2 * [expert], *2 * [f"{expert}, returning"]]


def test_of_whom_little_is_known_it_does_not_matter_whether_they_come_back() -> None:
    assert [EXPERTS[place] for place in route(after(0, 300, events=3).candidates)] == ["little", "little"]


def test_who_comes_back_learns_from_those_who_do_if_their_examples_are_plenty_and_from_all_if_not() -> None:
    assert training_segment("much, returning", [after(0, 1, chosen=PLENTY)]) == Segment(11, returning=True)
    assert (
        training_segment("much, returning", [after(0, 1, chosen=PLENTY - 1)])
        == Segment(11)
        == training_segment("much", [after(0, 1, chosen=PLENTY)])
    )
    (found,) = within(Segment(11, returning=True), [after(0, 1, 0, 2)])
    assert found.candidates.request.tolist() == [1, 3]


def test_where_few_of_them_come_back_who_is_known_a_little_learns_from_all_who_do() -> None:
    much = after(0, 1, chosen=PLENTY)
    plenty, few = after(1, events=4, chosen=PLENTY), after(1, events=4)
    assert training_segment("some, returning", [much, plenty]) == Segment(4, 10, returning=True)
    assert training_segment("some, returning", [much, few]) == Segment(4, returning=True)
    assert training_segment("some, returning", [after(1, events=4, chosen=ENOUGH)]) == Segment(4, 10)


def test_in_the_examples_of_everybody_nobody_is_left_out() -> None:
    learnt = [between_domains([5] * ENOUGH, [0] * ENOUGH)]
    assert len(within(EVERYBODY, learnt)[0].chosen) == 2 * ENOUGH


def test_whose_examples_these_are_can_be_read() -> None:
    assert [str(one) for one in (Segment(1, 3), Segment(11), Segment(0, 0), Segment(1, visiting=True), EVERYBODY,
                                      Segment(11, returning=True))] == [
        "users of 1 to 3 choices", "users of 11 and more choices", "users of 0 choices",
        "visitors of 1 and more choices", "users and visitors of 0 and more choices",
        "users of 11 and more choices who come back",
    ]  # fmt: skip
