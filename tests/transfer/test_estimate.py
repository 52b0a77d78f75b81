from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.events.interactions import Floats
from recsys.transfer.estimate import Estimate, HeldOut, donor_shares, estimate, mix

FOLLOWS: Floats = np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 0.0]], np.float32)
POPULATION: Floats = np.array([[0.5, 0.5], [0.25, 0.75], [0.0, 0.0]], np.float32)
BOTH = {"follows": FOLLOWS, "population": POPULATION}


def held_out(users: int, evidence: float, segment: int, observed: list[float], target: list[float]) -> HeldOut:
    """Users who all showed and chose the same; `oracle` knows what they choose, `lot` says its opposite."""

    def repeated(row: list[float]) -> Floats:
        return np.array([row] * users, np.float32)

    donations: dict[str, Floats] = {"lot": repeated(target[::-1]), "oracle": repeated(target)}
    return HeldOut(
        repeated(observed),
        np.full(users, evidence, np.float32),
        np.full(users, segment, np.int32),
        donations,
        repeated(target),
        np.arange(users, dtype=np.int32),
    )


def found(of: HeldOut, segment: int) -> Estimate:
    return estimate(of, np.random.default_rng(0))[segment]


def test_beta_is_shared_out_among_donors_who_speak() -> None:
    assert donor_shares(BOTH, {"follows": 0.75, "population": 0.25}).tolist() == [[0.75, 0.25], [0, 1], [0, 0]]


def test_donors_without_a_share_speak_where_nobody_else_does() -> None:
    assert donor_shares(BOTH, {"follows": 1.0, "population": 0.0}).tolist() == [[1, 0], [0, 1], [0, 0]]


def test_a_mix_is_a_distribution_even_where_nobody_speaks() -> None:
    assert mix(BOTH, {"follows": 0.5, "population": 0.5}).tolist() == [[0.75, 0.25], [0.25, 0.75], [0.5, 0.5]]


@given(st.integers(0, 10_000), st.integers(0, 4))
def test_every_mix_sums_to_1(seed: int, quarters: int) -> None:
    rng = np.random.default_rng(seed)
    donations: dict[str, Floats] = {
        name: (rng.dirichlet(np.ones(3), 6) * rng.integers(0, 2, (6, 1))).astype(np.float32) for name in BOTH
    }
    mixed = mix(donations, {"follows": quarters / 4, "population": 1 - quarters / 4})
    assert mixed.sum(axis=1) == pytest.approx(np.ones(6))


def test_the_donor_who_knows_is_believed_and_the_gain_is_what_it_is_worth() -> None:
    early = found(held_out(40, 1, 1, observed=[0.5, 0.5], target=[1.0, 0.0]), 1)
    assert (early.is_open, early.kappa, early.beta) == (True, 128, {"lot": 0, "oracle": 1})
    gain = np.log(0.5 + 128 / 129 * 0.5) - np.log(0.5)
    assert [early.gain, early.gain_low, early.gain_high] == pytest.approx([gain] * 3, abs=1e-5)


def test_users_who_already_show_what_they_choose_are_left_alone() -> None:
    late = found(held_out(40, 50, 4, observed=[1.0, 0.0], target=[1.0, 0.0]), 4)
    assert not late.is_open
    assert (late.kappa, late.gain) == (0, 0)


def test_a_segment_without_held_out_users_keeps_its_gate_closed_and_borrows_beta() -> None:
    estimates = estimate(held_out(40, 1, 1, [0.5, 0.5], [1.0, 0.0]), np.random.default_rng(0))
    assert [estimate.segment for estimate in estimates] == ["0", "1-3", "4-10", "11-30", "31+"]
    assert [estimate.is_open for estimate in estimates] == [True, True, False, False, False]
    assert estimates[2].beta == estimates[1].beta
    assert estimates[2].kappa == 0


@pytest.mark.parametrize("users", [3, 38])
def test_few_users_are_no_grounds_for_a_transfer(users: int) -> None:
    """Half of them judge."""
    assert not found(held_out(users, 1, 1, [0.5, 0.5], [1.0, 0.0]), 1).is_open


def test_who_asks_several_times_is_one_user_all_the_same() -> None:
    rng = np.random.default_rng(1)
    once = held_out(60, 1, 1, observed=[0.5, 0.5], target=[1.0, 0.0])
    once = replace(once, target=rng.dirichlet(np.ones(2), 60).astype(np.float32))
    each = np.repeat(np.arange(60), 3)
    thrice = HeldOut(
        once.observed[each],
        once.evidence[each],
        once.segment[each],
        {name: given[each] for name, given in once.donations.items()},
        once.target[each],
        once.user[each],
    )
    width = [estimated.gain_high - estimated.gain_low for estimated in (found(once, 1), found(thrice, 1))]
    assert width[1] == pytest.approx(width[0], rel=0.2)


def test_a_donor_who_never_speaks_in_a_segment_gets_no_share_of_it() -> None:
    new = held_out(40, 0, 0, observed=[0.0, 0.0], target=[1.0, 0.0])
    abstaining = HeldOut(
        new.observed,
        new.evidence,
        new.segment,
        {**new.donations, "lot": np.zeros((40, 2), np.float32)},
        new.target,
        new.user,
    )
    assert found(abstaining, 0).beta == {"lot": 0, "oracle": 1}


def test_shares_sum_to_1_and_bounds_hold_the_gain() -> None:
    rng = np.random.default_rng(5)
    parts = [rng.dirichlet(np.ones(4), 300).astype(np.float32) for _ in range(4)]
    evidence = rng.integers(1, 60, 300).astype(np.float32)
    noise = HeldOut(
        parts[0],
        evidence,
        rng.integers(0, 5, 300).astype(np.int32),
        {"a": parts[1], "b": parts[2]},
        parts[3],
        np.arange(300, dtype=np.int32),
    )
    for estimated in estimate(noise, rng):
        assert sum(estimated.beta.values()) == 1
        assert estimated.gain_low <= estimated.gain <= estimated.gain_high
