"""The sample-ratio check finds users who get lost, and is quiet where nobody does."""

import numpy as np
import pytest

from recsys.experiments.balance import MISMATCH, mismatch

HALVES = {"champion": 50.0, "challenger": 50.0}


def test_a_planted_45_to_55_is_found_among_ten_thousand_users() -> None:
    found = mismatch({"champion": 4500, "challenger": 5500}, HALVES)
    assert found is not None
    assert found < MISMATCH


@pytest.mark.parametrize("share", [1.0, 10.0, 50.0])
def test_shares_that_hold_are_quiet(share: float) -> None:
    rng = np.random.default_rng(0)
    shares = {"champion": 100 - share, "challenger": share}
    drawn = rng.binomial(10_000, share / 100, 1000)
    found = [mismatch({"champion": 10_000 - count, "challenger": int(count)}, shares) for count in drawn]
    assert sum(value is not None and value < MISMATCH for value in found) <= 5


def test_an_arm_in_which_nobody_was_seen_is_found() -> None:
    found = mismatch({"champion": 500}, {"champion": 90, "challenger": 10})
    assert found is not None
    assert found < MISMATCH


def test_arms_without_a_share_do_not_count() -> None:
    withdrawn = {"champion": 50.0, "challenger": 50.0, "gone": 0.0}
    assert mismatch({"champion": 500, "challenger": 510}, withdrawn) == mismatch(
        {"champion": 500, "challenger": 510}, HALVES
    )


def test_of_too_few_users_nothing_is_known() -> None:
    assert mismatch({"champion": 5, "challenger": 4}, HALVES) is None
    assert mismatch({}, HALVES) is None
    assert mismatch({"champion": 5000}, {"champion": 100.0}) is None
