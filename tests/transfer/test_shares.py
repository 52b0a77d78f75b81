import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.transfer.shares import STEPS, Mixture, in_steps


def mixture(seed: int, beta: list[float], users: int = 2000, abstaining: float = 0.0) -> Mixture:
    """Positives drawn from a mix of donors by `beta`; all donors but the last abstain in an `abstaining` share."""
    rng = np.random.default_rng(seed)
    donations = rng.dirichlet(np.ones(6) / 2, (len(beta), users)).astype(np.float32)
    donations[:-1] *= rng.random((len(beta) - 1, users, 1)) >= abstaining
    weight = donations.any(axis=2) * np.array(beta)[:, None]
    guess = np.einsum("dn,dnk->nk", weight / weight.sum(axis=0), donations)
    target = np.array([rng.multinomial(1, row / row.sum()) for row in guess], np.float32)
    return Mixture(np.zeros_like(target), np.ones((users, 1), np.float32), donations, target)


@pytest.mark.parametrize("abstaining", [0.0, 0.4])
def test_the_shares_by_which_positives_were_drawn_are_recovered(abstaining: float) -> None:
    made = mixture(0, [0.6, 0.3, 0.1], abstaining=abstaining)
    assert made.fit(np.ones(3) / 3) == pytest.approx([0.6, 0.3, 0.1], abs=0.06)


@given(st.integers(0, 1000))
def test_a_step_never_loses(seed: int) -> None:
    made = mixture(seed, [0.2, 0.2, 0.6], users=30, abstaining=0.3)
    beta = np.random.default_rng(seed).dirichlet(np.ones(3))
    assert made.log_likelihood(made.step(beta)) >= made.log_likelihood(beta) - 1e-3
    assert made.step(beta).sum() == pytest.approx(1)


def test_leaps_arrive_where_many_steps_would() -> None:
    made, beta = mixture(1, [0.1, 0.2, 0.7], users=200), np.ones(3) / 3
    leapt = made.fit(beta)
    for _ in range(2000):
        beta = made.step(beta)
    assert leapt == pytest.approx(beta, abs=0.01)


def test_a_donor_who_adds_nothing_goes_and_the_population_stays() -> None:
    rng = np.random.default_rng(2)
    made = mixture(2, [1.0])
    near = (0.98 * made.donations[0] + 0.02 / 6).astype(np.float32)
    lot = rng.dirichlet(np.ones(6), 2000).astype(np.float32)
    crowd = Mixture(made.own, made.alpha, np.stack([near, lot, made.donations[0]]), made.target)
    assert crowd.without_idle(crowd.fit(np.ones(3) / 3)).tolist() == [0, 0, 1]


def test_a_donor_who_knows_stays() -> None:
    made = mixture(3, [0.6, 0.0, 0.4])
    kept = made.without_idle(made.fit(np.ones(3) / 3))
    assert kept[1] == 0
    assert kept == pytest.approx([0.6, 0, 0.4], abs=0.06)


def test_where_all_others_go_the_last_donor_stays_though_it_never_speaks() -> None:
    """As the population before anybody else came. The others say so little that none is worth it."""
    lot = np.random.default_rng(5).dirichlet(np.ones(6), 2).astype(np.float32)
    donations = np.stack([lot, lot, np.zeros_like(lot)])
    alone = Mixture(np.float32(0.95) * lot, np.full((2, 1), 0.05, np.float32), donations, lot)
    assert alone.fit(np.ones(3) / 3)[2] == 0
    assert alone.without_idle(alone.fit(np.ones(3) / 3)).tolist() == [0, 0, 1]


def test_where_nobody_owes_anything_the_shares_stay() -> None:
    made = mixture(4, [0.5, 0.5], users=20)
    own = Mixture(made.target, np.zeros((20, 1), np.float32), made.donations, made.target)
    assert own.step(np.array([0.3, 0.7])).tolist() == [0.3, 0.7]


@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=8))
def test_steps_sum_to_exactly_1_and_are_near(parts: list[float]) -> None:
    beta = np.array(parts) / sum(parts)
    steps = in_steps(beta)
    assert sum(steps) == 1
    assert np.abs(np.array(steps) - beta).max() <= 1 / STEPS
