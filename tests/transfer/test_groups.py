import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from recsys.transfer.donors.groups import disclosed_groups


def disclosed(least: int, everybody: int, **people: range) -> list[str]:
    """Names of the groups that are disclosed, of those given as the rows of their people."""
    columns = [np.isin(np.arange(everybody), list(rows)) for rows in people.values()]
    values = [name.replace("_", "=") for name in people]
    mask = disclosed_groups(sp.csr_matrix(np.array(columns, np.float32).T), values, everybody, least)
    return [name for name, is_disclosed in zip(people, mask, strict=True) if is_disclosed]


@pytest.mark.parametrize(("people", "is_disclosed"), [(3, False), (4, True), (50, True), (96, True), (97, False)])
def test_a_group_and_those_outside_it_are_more_than_the_least(people: int, is_disclosed: bool) -> None:
    assert disclosed(3, 100, city_a=range(people)) == ["city_a"] * is_disclosed


def test_the_smaller_of_two_groups_that_differ_by_a_few_is_not_disclosed() -> None:
    assert disclosed(5, 100, city_a=range(50), district_b=range(47)) == ["city_a"]
    assert disclosed(5, 100, city_a=range(50), district_b=range(44)) == ["city_a", "district_b"]
    assert disclosed(5, 100, city_a=range(50), club_b=range(50)) == ["city_a", "club_b"]


def test_the_few_who_are_in_no_other_group_of_an_attribute_are_not_left_over() -> None:
    groups = {"sex_f": range(50), "sex_m": range(50, 90), "sex_x": range(90, 93)}
    assert disclosed(5, 93, **groups) == ["sex_f"]
    assert disclosed(5, 93, **{"sex_f": range(93)}) == ["sex_f"]
    assert disclosed(5, 94, **{"sex_f": range(93)}) == []


def test_nobody_has_any_attribute() -> None:
    assert disclosed(5, 0, sex_f=range(0)) == []
    assert disclosed_groups(sp.csr_matrix((4, 0)), (), 4, 1).tolist() == []


@given(st.integers(0, 10_000), st.integers(1, 10))
def test_neither_a_group_nor_a_difference_of_two_nor_a_remainder_is_small(seed: int, least: int) -> None:
    rng = np.random.default_rng(seed)
    people, codes = 60, [2, 3, 8]
    columns = [rng.choice(count, people, p=rng.dirichlet(np.ones(count) / 2)) for count in codes]
    flags = [np.eye(count)[column] for count, column in zip(codes, columns, strict=True)]
    values = [f"{place}={code}" for place, count in enumerate(codes) for code in range(count)]
    members = np.concatenate(flags, axis=1)
    mask = disclosed_groups(sp.csr_matrix(members), values, people, least)
    kept = members[:, mask].T
    small = range(1, least + 1)
    assert not any(int(group.sum()) in (0, *small) for group in kept)
    assert not any(int((group != other).sum()) in small for group in kept for other in kept)
    for place in range(3):
        of_one = [
            row
            for row, is_disclosed, name in zip(members.T, mask, values, strict=True)
            if is_disclosed and name.startswith(f"{place}=")
        ]
        assert not of_one or people - int(np.sum(of_one)) not in small
