import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.events.weights import weigh
from recsys.settings import EventSettings

SETTINGS = EventSettings()
RATINGS = st.floats(-1e6, 1e6)


def weights(*events: tuple[str, float | None], settings: EventSettings = SETTINGS) -> list[float]:
    return [float(weight) for weight in weigh(pd.DataFrame(events, columns=["action", "value"]), settings)]


@pytest.mark.parametrize(
    ("action", "value", "weight"),
    [
        ("buy", None, 1.0),
        ("buy", 3.0, 1.0),
        ("buy", -2.0, -1.0),
        ("return", -1.0, -1.0),
        ("view", None, 0.2),
        ("view", 9.0, 0.2),
        ("impression", None, 0.0),
        ("dislike", None, -1.0),
        ("return", None, -1.0),
        ("rate", 5.0, 1.0),
        ("rate", 4.25, 0.5),
        ("rate", 3.5, 0.0),
        ("rate", 2.0, -1.0),
        ("rate", 0.5, -1.0),
        ("review", 100.0, 1.0),
        ("listen", 0.0, 0.0),
        ("listen", 3.0, 2.0),
        ("watch", -5.0, 0.0),
        ("play", None, 1.0),
    ],
)
def test_an_action_and_its_value_weigh_as_written_by_hand(action: str, value: float | None, weight: float) -> None:
    assert weights((action, value)) == pytest.approx([weight])


def test_settings_say_what_a_rating_and_an_action_weigh() -> None:
    stars = EventSettings(rating_neutral=50, rating_span=50, action_weights={"rate": 0.5})
    assert weights(("rate", 100.0), ("rate", 50.0), ("rate", 0.0), settings=stars) == [0.5, 0.0, -0.5]


def test_no_events_have_no_weights() -> None:
    assert weights() == []


STARS = EventSettings(rating_neutral=3.5, rating_span=1.5)


@given(st.lists(st.tuples(st.sampled_from(sorted(SETTINGS.action_weights)), st.none() | st.floats(0, 1e6))))
def test_an_event_weighs_the_same_alone_and_among_others(events: list[tuple[str, float | None]]) -> None:
    assert weights(*events, settings=STARS) == [weights(event, settings=STARS)[0] for event in events]


@given(RATINGS, RATINGS)
def test_a_higher_rating_never_weighs_less_and_stays_within_one(one: float, other: float) -> None:
    low, high = weights(("rate", min(one, other)), ("rate", max(one, other)))
    assert -1 <= low <= high <= 1
