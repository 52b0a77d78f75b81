"""What an experiment is expected to find is what simulated ones find."""

import numpy as np

from recsys.experiments.difference import difference
from recsys.experiments.interval import half_width
from recsys.experiments.power import POWER, detectable
from tests.experiments.simulated import Crowd, cumulated

CROWD, DAYS = Crowd(8000, 50.0, shown_daily=5), 5


def test_a_difference_of_the_detectable_size_is_found_by_its_day_about_as_often_as_stated() -> None:
    rng = np.random.default_rng(8)
    *_, before = cumulated(CROWD, rng, np.zeros(CROWD.users, bool), DAYS)
    planned = detectable(before.total[0], before.shown[0], DAYS, (0.5, 0.5), 0.1)
    assert planned is not None
    *_, after = cumulated(CROWD, rng, rng.random((150, CROWD.users)) < 0.5, DAYS, planned.relative)
    seen = difference(after)
    found = float((seen.value > half_width(seen.error, 0.1 * planned.ratio)).mean())
    assert abs(found - POWER) < 0.12


def test_a_smaller_share_finds_less_and_more_users_find_more() -> None:
    rng = np.random.default_rng(8)
    total, shown = rng.binomial(10, 0.1, 4000).astype(float), np.full(4000, 10.0)
    sizes = [
        detectable(total[:users], shown[:users], 7, shares, 0.05)
        for users, shares in ((4000, (0.5, 0.5)), (4000, (0.05, 0.95)), (1000, (0.05, 0.95)))
    ]
    relative = [size.relative for size in sizes if size]
    assert len(relative) == 3
    assert relative == sorted(relative)


def test_without_a_click_or_an_impression_nothing_is_promised() -> None:
    assert detectable(np.zeros(5), np.ones(5), 7, (0.5, 0.5), 0.05) is None
    assert detectable(np.zeros(0), np.zeros(0), 7, (0.5, 0.5), 0.05) is None
