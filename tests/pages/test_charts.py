import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.pages.charts import WIDTH, height, line, marks, shares

Positive = st.floats(0.001, 1000)


@given(st.lists(st.tuples(Positive, Positive, Positive), min_size=1, max_size=8))
def test_every_interval_holds_its_value_and_the_longest_ends_at_the_edge(triples: list[tuple[float, ...]]) -> None:
    placed = marks(("x", value, low, high) for low, value, high in (sorted(triple) for triple in triples))
    for mark in placed:
        assert -1e-9 <= mark.start <= mark.at + 1e-9
        assert mark.at <= mark.start + mark.length + 1e-9
    assert max(mark.start + mark.length for mark in placed) == pytest.approx(WIDTH)


def test_nothing_measured_is_nothing_drawn() -> None:
    assert marks([]) == []
    assert [mark.at for mark in marks([("zero", 0.0, None, None)])] == [0.0]


@given(st.dictionaries(st.text(max_size=3), Positive, min_size=1, max_size=6))
def test_shares_fill_the_bar_greatest_first_without_gaps(parts: dict[str, float]) -> None:
    made = shares(parts)
    assert sum(part.share for part in made) == pytest.approx(1)
    assert [part.share for part in made] == sorted((part.share for part in made), reverse=True)
    for one, next_one in itertools.pairwise(made):
        assert next_one.start == pytest.approx(one.start + one.length)


def test_a_donor_without_a_share_is_not_drawn() -> None:
    assert [part.label for part in shares({"follows": 0.0, "population": 1.0})] == ["population"]
    assert shares({"follows": 0.0}) == []


def test_a_bound_above_all_values_is_at_the_top_and_within_them_at_its_place() -> None:
    assert line([1, 2], 4) == "0.0,75.0 100.0,50.0"
    assert height(4, [1, 2]) == 0
    assert height(1, [1, 2]) == 50
    assert line([]) == ""
