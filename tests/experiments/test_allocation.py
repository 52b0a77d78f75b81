"""Who is in which arm: shares as they are written, and buckets that only grow."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.errors import SettingsError
from recsys.experiments.allocation import BUCKETS, parse, ranges


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("champion=90,challenger=20", "no whole"),
        ("champion=100", "compares the champion"),
        ("a=50,b=50", "compares the champion"),
        ("champion=90,challenger=ten", "cannot be read"),
        ("champion=50,a=25,a=25", "two shares"),
        ("champion=50,=50", "no name"),
        ("champion=0,challenger=100", "no whole"),
        ("champion=110,challenger=-10", "no whole"),
        ("", "cannot be read"),
        ("champion=nan,a=50", "no whole"),
    ],
)
def test_shares_that_cannot_be_are_refused_with_what_was_written(written: str, problem: str) -> None:
    with pytest.raises(SettingsError, match=problem) as raised:
        parse(written)
    assert "--arms" in str(raised.value)


def test_three_challengers_grow_from_places_of_their_own() -> None:
    shares = {"champion": 40.0, "a": 10.0, "b": 20.0, "c": 30.0}
    assert ranges(["a", "b", "c"], shares) == {"a": (0, 1000), "b": (3000, 5000), "c": (5000, 8000)}


def test_a_challenger_without_a_share_has_no_range() -> None:
    assert ranges(["a", "b"], {"champion": 90, "a": 0, "b": 10}) == {"b": (9000, 10_000)}


def test_a_pair_that_is_larger_than_its_place_is_refused() -> None:
    with pytest.raises(SettingsError, match="too large"):
        ranges(["a", "b", "c"], {"champion": 30.0, "a": 30.0, "b": 30.0, "c": 10.0})


SMALLEST = 0.01
"""Share in percent that holds one bucket."""
Shares = st.lists(st.integers(0, 33), min_size=1, max_size=4)


@given(Shares, st.data())
def test_arms_never_overlap_and_growth_keeps_everybody(shares: list[int], data: st.DataObject) -> None:
    names = [f"arm {number}" for number in range(len(shares))]
    before = {name: float(share) / len(shares) for name, share in zip(names, shares, strict=True)}
    growth = st.just(0.0) | st.floats(SMALLEST, 16 / len(shares))
    after = {name: share + data.draw(growth) for name, share in before.items()}
    large = ranges(names, after)
    for name, (start, end) in ranges(names, before).items():
        assert large[name][0] <= start < end <= large[name][1]
    taken = sorted(large.values())
    assert all(end <= start for (_, end), (start, _) in pairwise(taken))
    assert all(0 <= start < end <= BUCKETS for start, end in taken)


@given(*2 * [st.just(0.0) | st.floats(0.1, 100)])
def test_of_two_challengers_any_shares_fit(a: float, b: float) -> None:
    whole = max(a + b, 100.0)
    shares = {"a": 99 * a / whole, "b": 99 * b / whole}
    assert sum(end - start for start, end in ranges(["a", "b"], shares).values()) <= BUCKETS
