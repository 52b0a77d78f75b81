from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from recsys.events.side import GROUPS, MAX_VALUES, SideInformation, grouped, nothing, side_information

NOBODY = pd.DataFrame({"user_id": []})
NO_LINKS = pd.DataFrame({"follower_id": [], "followee_id": [], "weight": []})
NO_EVENTS = pd.DataFrame({"item_id": [], "domain": [], "count": []})
ONE_ITEM = pd.DataFrame({"item_id": ["mug"], "domain": [""]})


def side(
    user_ids: Sequence[str],
    users: pd.DataFrame = NOBODY,
    follows: pd.DataFrame = NO_LINKS,
    domains: pd.DataFrame = NO_EVENTS,
    items: pd.DataFrame = ONE_ITEM,
) -> SideInformation:
    return side_information(users, follows, domains, items, user_ids)


def flags(of: SideInformation) -> dict[str, list[float]]:
    return dict(zip(of.values, of.attributes.toarray().T.tolist(), strict=True))


def test_every_value_of_an_attribute_is_a_column_in_the_order_of_the_users() -> None:
    users = pd.DataFrame({"user_id": ["bob", "ann", "dan"], "sex": ["m", "f", None], "plan": ["a", "b", "b"]})
    assert flags(side(["ann", "bob", "cat", "dan"], users)) == {
        "sex=f": [1, 0, 0, 0],
        "sex=m": [0, 1, 0, 0],
        "plan=a": [0, 1, 0, 0],
        "plan=b": [1, 0, 0, 1],
    }


def test_attributes_that_all_share_or_that_tell_people_apart_make_no_cohort() -> None:
    ids = [f"u{number:03}" for number in range(MAX_VALUES + 1)]
    users = pd.DataFrame({"user_id": ids, "name": ids, "planet": "Earth"})
    assert list(side(ids, users).values) == []
    assert side(ids, users).attributes.shape == (len(ids), 0)


def test_a_number_of_many_values_is_cut_into_groups_of_like_size() -> None:
    ids = [f"u{number:02}" for number in range(50)]
    of = side(ids, pd.DataFrame({"user_id": ids, "age": np.arange(20, 70)}))
    assert len(of.values) == GROUPS
    assert of.attributes.sum(axis=0).tolist() == [[10] * GROUPS]
    assert all(value.startswith("age=") for value in of.values)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ([1, 2, 1], ["1", "2", "1"]),
        ([1.5, None, 2.5], ["1.5", None, "2.5"]),
        (["x", "", None], ["x", None, None]),
        ([True, False, True], ["True", "False", "True"]),
    ],
)
def test_few_values_stay_as_they_are(column: list[object], expected: list[str | None]) -> None:
    text = grouped(pd.Series(column))
    assert [value if isinstance(value, str) else None for value in text] == expected


def test_a_link_of_unknown_weight_weighs_1_and_repeated_ones_add_up() -> None:
    follows = pd.DataFrame({"follower_id": ["a", "a", "b"], "followee_id": ["b", "b", "a"], "weight": [2, 0.5, None]})
    assert side(["a", "b"], follows=follows).graph.toarray().tolist() == [[0, 2.5], [1, 0]]


def test_the_table_of_items_says_the_domain_else_most_of_the_events() -> None:
    items = pd.DataFrame({"item_id": ["mug", "rug", "pen"], "domain": ["home", None, ""]})
    counts = pd.DataFrame({"item_id": ["mug", "rug", "rug"], "domain": ["shop", "shop", "loft"], "count": [1, 1, 2]})
    of = side(["a"], domains=counts, items=items)
    assert [of.domains[number] for number in of.domain] == ["home", "loft", ""]


def test_without_domains_there_is_one() -> None:
    of = side(["a"])
    assert (of.domain.tolist(), list(of.domains)) == ([0], [""])


def test_nothing_is_known_of_anybody() -> None:
    of = nothing(3, 2)
    assert (of.graph.nnz, of.attributes.shape, of.domain.tolist(), list(of.domains)) == (0, (3, 0), [0, 0], [""])


@pytest.mark.parametrize("word", ["inf", "-Infinity", float("inf")])
def test_an_infinite_number_is_no_value_and_breaks_no_groups(word: str | float) -> None:
    column = pd.Series([word, *range(20)], dtype=object).astype(str)
    found = grouped(column)
    assert found.isna().tolist() == [True, *[False] * 20]
    assert found.nunique() == GROUPS
