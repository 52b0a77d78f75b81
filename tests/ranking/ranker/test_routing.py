from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.ranking.candidates import Candidates
from recsys.ranking.ranker.examples import Examples
from recsys.ranking.ranker.routing import (
    EVERYBODY,
    EXPERTS,
    MIN_APART,
    MIN_POSITIVES,
    SESSION,
    SESSIONS,
    WITH_POSITIVES,
    Segment,
    route,
    training_segment,
    within,
)
from tests.ranking.ranker import literal

RETURNING, SHORT, NEW_TO_DOMAIN = (expert.serves for expert in list(EXPERTS.values())[2:])


def of(*requests: tuple[int, int], away: float = 0.0, inside: int = 1) -> Examples:
    """Requests of users (positives, candidates that were all chosen), with so many events in the candidates' domain."""
    request = np.repeat(np.arange(len(requests), dtype=np.int32), [count for _, count in requests])
    asked = literal.facts([positives for positives, _ in requests], [away] * len(requests))
    features = np.full((len(request), 1), np.log1p(inside), np.float32)
    candidates = Candidates(
        request,
        np.arange(len(request), dtype=np.int32),
        features,
        (literal.fact("events in domain"),),
        asked,
        np.zeros(len(request), bool),
    )
    return Examples(candidates, np.ones(len(request), np.float32), np.arange(len(requests), dtype=np.int32))


def between_domains(*requests: list[int], positives: int = 5) -> Examples:
    """Requests of users with so many positives; for each candidate, the positives in its domain."""
    made = of(*((positives, len(inside)) for inside in requests))
    inside = np.log1p(np.concatenate([np.array(row, np.float32) for row in requests]))[:, None]
    return replace(made, candidates=replace(made.candidates, features=inside))


def experts(asked: Candidates) -> list[str]:
    """Name of the expert of each candidate's request."""
    return [list(EXPERTS)[place] for place in route(asked)]


@pytest.mark.parametrize(
    ("positives", "away", "inside", "expert"),
    [
        (0, -1.0, 0, "no history"),
        (0, 3.0, 0, "no history"),  # somebody who disliked all that they chose
        (1, 0.0, 1, "short history"),
        (3, 300.0, 1, "short history"),
        (4, SESSION / 2, 4, "within a session"),
        (4, SESSION, 1, "returning"),
        (500, 300.0, 9, "returning"),
        (500, 0.0, 9, "within a session"),
        (1, 0.0, 0, "new to a domain"),
        (500, 300.0, 0, "new to a domain"),
    ],
)
def test_each_request_goes_to_one_declared_expert(positives: int, away: float, inside: int, expert: str) -> None:
    assert experts(of((positives, 2), away=away, inside=inside).candidates) == [expert, expert]


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 3), st.floats(-1, 5), st.integers(0, 1)), max_size=8))
def test_a_request_goes_to_the_same_expert_in_any_company(requests: list[tuple[int, int, float, int]]) -> None:
    parts = [of((positives, count), away=away, inside=inside) for positives, count, away, inside in requests]
    together = of(*((positives, count) for positives, count, _, _ in requests))
    asked = literal.facts([row[0] for row in requests], [row[2] for row in requests])
    features = np.concatenate([np.zeros((0, 1), np.float32), *(part.candidates.features for part in parts)])
    found = experts(replace(together.candidates, features=features, asked=asked))
    assert found == [name for part in parts for name in experts(part.candidates)]


def test_who_is_asked_in_new_domains_alone_is_new_to_a_domain() -> None:
    asked = between_domains([0, 0], [0, 5], [5, 5]).candidates
    assert experts(asked) == ["new to a domain"] * 2 + ["within a session"] * 4


def test_who_has_chosen_nothing_anywhere_is_new_to_no_domain() -> None:
    assert experts(between_domains([0, 0], positives=0).candidates) == ["no history"] * 2


PLENTY, TOO_FEW = MIN_POSITIVES, MIN_POSITIVES - 1
LEARNS: Mapping[str, tuple[str, list[Examples], Segment]] = {
    "users without positives from their own": ("no history", [of((0, PLENTY))], EXPERTS["no history"].serves),
    "else from everybody": ("no history", [of((0, TOO_FEW), (1, 9))], EVERYBODY),
    "returning from those who return": ("returning", [of((4, PLENTY), away=1)], RETURNING),
    "else from all in domains they know": ("returning", [of((4, TOO_FEW), away=1), of((4, PLENTY))], SESSIONS),
    "and of hardly any from all with positives": ("returning", [of((4, TOO_FEW), away=1)], WITH_POSITIVES),
    "new to a domain from their own": ("new to a domain", [of((5, PLENTY), inside=0)], NEW_TO_DOMAIN),
    "else from users in domains they know too": ("new to a domain", [of((10, PLENTY))], SESSIONS),
    "short histories from their own where there is plenty": ("short history", [of((1, MIN_APART))], SHORT),
    "and else from all": ("short history", [of((1, MIN_APART - 1))], SESSIONS),
    "of several kinds together": ("returning", [of((1, TOO_FEW), away=1), of((3, 1), away=1)], RETURNING),
}


@pytest.mark.parametrize(("expert", "learnt", "expected"), LEARNS.values(), ids=LEARNS)
def test_an_expert_learns_from_the_closest_users_who_have_enough_examples(
    expert: str, learnt: list[Examples], expected: Segment
) -> None:
    assert training_segment(EXPERTS[expert], learnt) == expected


def test_nobody_else_learns_from_users_new_to_a_domain() -> None:
    learnt = [between_domains([0] * PLENTY, [5] * PLENTY)]
    for expert, request in (("new to a domain", 0), ("within a session", 1)):
        (found,) = within(training_segment(EXPERTS[expert], learnt), learnt)
        assert set(found.candidates.request) == {request}


def test_within_a_segment_are_the_candidates_of_its_users_alone() -> None:
    (found,) = within(SESSIONS, [of((0, 1), (1, 2), (3, 1))])
    assert found.candidates.request.tolist() == [1, 1, 2]
    assert found.candidates.n_requests == 3
    (found,) = within(RETURNING, [of((4, 1), (0, 2), away=1)])
    assert found.candidates.request.tolist() == [0]


def test_in_the_examples_of_everybody_nobody_is_left_out() -> None:
    learnt = [between_domains([5] * 3, [0] * 3), of((0, 2), away=-1, inside=0)]
    assert [len(found.positive) for found in within(EVERYBODY, learnt)] == [6, 2]
    assert [len(found.positive) for found in within(WITH_POSITIVES, learnt)] == [6, 0]


def test_without_any_example_every_expert_has_somebody_to_learn_from() -> None:
    assert {training_segment(expert, []) for expert in EXPERTS.values()} == {EVERYBODY, WITH_POSITIVES}
