"""Popular and rising items, counted by hand."""

from collections.abc import Callable

import numpy as np
import pytest

from recsys.events.interactions import Interactions
from recsys.ranking.item_lists.popular import by_category, decayed, rising

History = Callable[..., Interactions]
AT = 100.0


def steady(item: int, users: range, days: range) -> list[tuple[int, int, float, float]]:
    """One positive a day by another user each."""
    return [(user, item, 1.0, float(day)) for user, day in zip(users, days, strict=True)]


def test_counts_halve_by_the_time_of_events(history: History) -> None:
    known = history([(0, 0, 1, 90), (1, 0, 1, 100), (2, 1, 1, 80), (3, 1, -1, 100)], 4, 2)
    assert decayed(known, 100.0, 10.0).tolist() == pytest.approx([0.5, 0.25], rel=1e-3), "before the time itself"
    assert decayed(known, np.inf, np.inf).tolist() == [2.0, 1.0]


def test_a_planted_riser_leads_and_a_steady_item_does_not_rise(history: History) -> None:
    """Item 0: one a day for 100 days. Item 1: nothing for 93 days, then three a day. Item 2 stops at day 93."""
    burst = [(300 + number, 1, 1.0, 93.0 + number / 3) for number in range(21)]
    known = history([*steady(0, range(100), range(100)), *burst, *steady(2, range(400, 493), range(93))], 600, 3)
    ratio = rising(known, AT, 90.0)
    assert ratio.argmax() == 1
    assert ratio[2] == 0
    assert ratio[0] < 1.0 / 0.9


def test_the_ratio_is_the_posterior_mean(history: History) -> None:
    """Earlier 40 positives, a quarter of them of item 1, recent 8, six of them of item 1: (6 + 5) / (2 + 5)."""
    events = [
        *((user, 0, 1.0, 10.0) for user in range(30)),
        *((user, 1, 1.0, 10.0) for user in range(30, 40)),
        *((user, 1, 1.0, 99.0) for user in range(50, 56)),
        (60, 0, 1.0, 99.0),
        (61, 0, 1.0, 99.0),
    ]
    assert rising(history(events, 70, 2), AT, 90.0).tolist() == pytest.approx([0, 11 / 7], rel=1e-4)


def test_a_few_events_of_a_new_item_prove_little(history: History) -> None:
    crowd = steady(0, range(100), range(100))
    two, nine = ([(200 + number, 1, 1.0, 99.5) for number in range(count)] for count in (2, 9))
    assert rising(history([*crowd, *two], 300, 2), AT, 90.0)[1] == 0
    assert rising(history([*crowd, *nine], 300, 2), AT, 90.0)[1] == pytest.approx((9 + 5) / 5, rel=1e-4)


def test_no_event_after_the_time_counts(history: History) -> None:
    known = history([*steady(0, range(100), range(100)), (200, 1, 1, 50)], 400, 2)
    later = history(
        [*steady(0, range(100), range(100)), (200, 1, 1, 50), *((210 + number, 1, 1.0, 100.0) for number in range(20))],
        400,
        2,
    )
    assert rising(later, AT, 90.0).tolist() == rising(known, AT, 90.0).tolist()
    assert decayed(later, AT, 90.0)[1] == pytest.approx(decayed(known, AT, 90.0)[1], rel=0.02)


def test_nothing_rises_where_nothing_has_happened_recently(history: History) -> None:
    assert not rising(history(steady(0, range(50), range(50)), 50, 2), AT, 90.0).any()


def test_an_item_is_listed_in_all_and_in_each_of_its_categories_and_only_while_available() -> None:
    scores = np.array([1, 4, 3, 2, 0], np.float32)
    categories = ["Drama", "Action|Drama", "Action", "", "Quiet"]
    available = np.array([True, True, True, True, True])
    lists = {name: found.items.tolist() for name, found in by_category(scores, categories, available, 10)}
    assert lists == {"": [1, 2, 3, 0], "Action": [1, 2], "Drama": [1, 0]}
    available[1] = False
    lists = {name: found.items.tolist() for name, found in by_category(scores, categories, available, 2)}
    assert lists == {"": [2, 3], "Action": [2], "Drama": [0]}
