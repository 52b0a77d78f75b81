"""Facts of requests and items, worked out by hand."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from recsys.events.interactions import Floats, Interactions, Ints
from recsys.events.split import Requests, now
from recsys.ranking.context import CONTEXT, ItemFacts, RequestFacts, context, item_facts, request_facts
from recsys.transfer.model import Profiles

History = Callable[..., Interactions]
MakeProfiles = Callable[[Floats, Floats], Profiles]


@pytest.fixture
def known(history: History) -> Interactions:
    """User 0: two positives and a dislike; user 1: an event that weighs nothing, then a dislike; user 2: nothing."""
    events = [(0, 0, 1, 90), (0, 1, 0.5, 91), (0, 2, -1, 92), (1, 1, 0, 96), (1, 2, -1, 95)]
    return history(events, 3, 4)


DOMAIN = np.array([0, 0, 1, 1], np.int32)


def ints(*values: int) -> Ints:
    return np.array(values, np.int32)


def facts_of(
    profiles: Profiles, requests: Requests, facts: ItemFacts, request: Ints, item: Ints
) -> dict[str, list[float]]:
    """The columns of these pairs by name."""
    columns = context(request, item, requests, profiles, facts, request_facts(requests, facts))
    return {name: column.tolist() for name, column in zip(CONTEXT, columns, strict=True)}


def test_item_facts_are_the_first_day_and_the_number_of_events(history: History) -> None:
    facts = item_facts(history([(0, 1, 1, 7), (1, 1, -1, 3), (1, 0, 0, 9)], 2, 3), np.zeros(3, np.int32))
    assert facts.first_day.tolist() == [9, 3, np.inf]
    assert facts.events.tolist() == [1, 2, 0]
    assert facts.timed


def test_positives_are_counted_in_each_domain(known: Interactions) -> None:
    asked = request_facts(now(known, 97.0), item_facts(known, DOMAIN))
    assert asked.positives.tolist() == [2, 0, 0]
    assert asked.in_domain.tolist() == [[2, 0], [0, 0], [0, 0]]
    assert np.issubdtype(asked.positives.dtype, np.integer)
    assert np.issubdtype(asked.in_domain.dtype, np.integer)


def test_a_positive_for_an_item_again_counts_where_it_may_be_recommended_again(history: History) -> None:
    again = history([(0, 0, 1, 1), (0, 0, 1, 2), (0, 2, 1, 3)], 1, 4)
    for repeatable, positives in ((None, 2), (np.ones(3, bool), 3)):
        requests = now(replace(again, repeatable=repeatable), 9.0)
        assert request_facts(requests, item_facts(again, DOMAIN)).positives.tolist() == [positives]


def test_away_is_the_days_since_the_latest_event_that_weighs_something(known: Interactions) -> None:
    asked = request_facts(now(known, 97.0), item_facts(known, DOMAIN))
    assert asked.away.tolist() == [5, 2, -1]


def test_where_an_order_stands_in_for_days_nobody_has_been_away(known: Interactions) -> None:
    asked = request_facts(now(known, 97.0), item_facts(known, DOMAIN, timed=False))
    assert asked.away.tolist() == [0, 0, -1]


def test_a_request_before_its_latest_event_has_been_away_for_no_day(known: Interactions) -> None:
    assert request_facts(now(known, 90.5), item_facts(known, DOMAIN)).away.tolist() == [0, 0, -1]


def test_requests_are_taken_and_joined_again(known: Interactions) -> None:
    asked = request_facts(now(known, 97.0), item_facts(known, DOMAIN))
    joined = RequestFacts.concatenate([asked.take(ints(2, 0)), asked.take(ints(1))])
    assert joined.away.tolist() == [-1, 5, 2]
    assert joined.positives.tolist() == [0, 2, 0]
    assert joined.in_domain.tolist() == [[0, 0], [2, 0], [0, 0]]


def test_nobody_asking_has_no_facts(known: Interactions, profiles: MakeProfiles) -> None:
    nobody = now(known, 97.0).part(ints())
    nothing = profiles(np.zeros((0, 2), np.float32), np.zeros((0, 2), np.float32))
    columns = facts_of(nothing, nobody, item_facts(known, DOMAIN), ints(), ints())
    assert columns == {name: [] for name in CONTEXT}


def test_columns_are_logarithms_of_counts_and_days_and_minus_1_for_the_unknown(
    known: Interactions, profiles: MakeProfiles
) -> None:
    nothing = profiles(np.zeros((3, 2), np.float32), np.zeros((3, 2), np.float32))
    observed = replace(nothing.observed, evidence=np.array([3, 0, 0], np.float32))
    profile = replace(nothing, observed=observed, alpha=np.array([0.25, 0.5, 1], np.float32))
    columns = facts_of(profile, now(known, 97.0), item_facts(known, DOMAIN), ints(0, 0, 1, 2), ints(1, 3, 2, 3))
    assert columns["evidence"] == pytest.approx(np.log([4, 4, 1, 1]))
    assert columns["events"] == pytest.approx(np.log([3, 3, 1, 1]))
    assert columns["recency"] == pytest.approx([np.log(6), np.log(6), np.log(3), -1])
    assert columns["events in domain"] == pytest.approx(np.log([3, 1, 1, 1]))
    assert columns["alpha"] == [0.25, 0.25, 0.5, 1]
    assert columns["item age"] == pytest.approx([np.log(7), -1, np.log(6), -1])
    assert columns["item events"] == pytest.approx(np.log([3, 1, 3, 1]))


def test_an_item_whose_first_event_is_still_to_come_has_no_age(known: Interactions, profiles: MakeProfiles) -> None:
    nothing = profiles(np.zeros((3, 2), np.float32), np.zeros((3, 2), np.float32))
    columns = facts_of(nothing, now(known, 90.0), item_facts(known, DOMAIN), ints(0, 0), ints(0, 2))
    assert columns["item age"] == [0, -1]
