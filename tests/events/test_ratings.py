import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.events.ratings import FEWEST, Scale, scale
from recsys.settings import EventSettings

DEFAULT = EventSettings()


def read(*values: float, settings: EventSettings = DEFAULT) -> Scale:
    return scale(np.array(values, float), settings)


@pytest.mark.parametrize(
    ("ratings", "expected"),
    [
        ([0.5, 3, 5], Scale(3.5, 1.5)),
        ([1, 1, 2], Scale(3.5, 1.5)),
        ([3, 8, 10], Scale(7, 3)),
        ([20, 80, 95], Scale(70, 30)),
        ([0, 1] * FEWEST, Scale(0.7, 0.3)),
        ([1, 1, 0], Scale(3.5, 1.5)),
        ([-9.5, 4, 9], Scale(0, 10)),
        ([-1, 1], Scale(0, 1)),
        ([400, 900], Scale(630, 270)),
        ([], Scale(3.5, 1.5)),
    ],
    ids=["stars", "low stars", "to ten", "to a hundred", "thumbs", "few low stars", "jokes", "votes", "points", "none"],
)
def test_the_scale_is_the_lowest_usual_one_that_holds_the_ratings(ratings: list[float], expected: Scale) -> None:
    found = read(*ratings)
    assert (found.neutral, found.span) == pytest.approx((expected.neutral, expected.span))


def test_one_stray_rating_among_many_changes_no_scale() -> None:
    assert read(*[4.0] * 200, 55.0) == Scale(3.5, 1.5)
    assert read(*[4.0] * 200, -1.0) == Scale(3.5, 1.5)


def test_what_the_settings_say_is_taken() -> None:
    assert read(9, 8, settings=EventSettings(rating_neutral=5, rating_span=2)) == Scale(5, 2)
    assert read(9, 8, settings=EventSettings(rating_neutral=4)) == Scale(4, 6)
    assert read(4, 5, settings=EventSettings(rating_neutral=5)) == Scale(5, 1)


@given(st.lists(st.floats(0.5, 5), min_size=1), st.sampled_from([2.0, 20.0]))
def test_the_same_opinions_on_another_scale_weigh_the_same(stars: list[float], factor: float) -> None:
    values = np.array([*stars, 5.0, 4.0])
    told = scale(values, DEFAULT).strength(values)
    assert scale(values * factor, DEFAULT).strength(values * factor) == pytest.approx(told)
