import numpy as np
import pytest

from recsys.events.interactions import Floats
from recsys.interests.distributions import Observed
from recsys.transfer.donors.bridge import MAX_PRIOR, Bridge, bridge, drawn, prior_evidence, ridge


def people(distribution: Floats, evidence: float = 50) -> Observed:
    """Users who all have so much evidence; rows of 0 have none."""
    share = np.asarray(distribution.any(axis=1))
    return Observed(
        distribution.astype(np.float32),
        np.where(share, evidence, 0).astype(np.float32),
        np.where(share, 1, 0).astype(np.int32),
    )


def mirrored(users: int, seed: int = 0) -> tuple[Observed, Observed]:
    """Who likes the first of three interests so much outside likes the last as much inside."""
    outside = np.random.default_rng(seed).dirichlet(np.ones(3), users).astype(np.float32)
    return people(outside), people(outside[:, ::-1])


def test_what_goes_over_is_learnt_from_those_who_do_both() -> None:
    across = bridge(*mirrored(200), spread=1.0)
    asked = people(np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]], np.float32), evidence=10_000)
    strangers = people(np.zeros((2, 3), np.float32))
    told = across.cross(asked.distribution, asked.evidence, strangers, strangers)
    assert told == pytest.approx(np.array([[0.1, 0.2, 0.7], [0.8, 0.1, 0.1]]), abs=0.03)


def test_a_user_is_left_out_exactly_as_if_the_bridge_had_been_built_without_them() -> None:
    outside, inside = mirrored(40)
    inside.distribution[7] = [1, 0, 0]
    across = bridge(outside, inside, spread=1.0)
    assert across.regression is not None
    (weights, inverse), z = (
        across.regression,
        drawn(outside.distribution, outside.evidence, across.source, across.prior),
    )
    x = np.column_stack([np.ones(40), z - across.source])
    others = np.arange(40) != 7
    penalised = np.linalg.inv(np.linalg.inv(inverse) - np.outer(x[7], x[7]))
    expected = x[7] @ penalised @ x[others].T @ inside.distribution[others]
    own = [Observed(side.distribution[[7]], side.evidence[[7]], side.events[[7]]) for side in (outside, inside)]
    told = across.cross(own[0].distribution, own[0].evidence, *own)
    expected = np.maximum(expected, 0)
    assert told[0] == pytest.approx(expected / expected.sum(), abs=1e-5)
    assert np.abs(told[0] - np.maximum(x[7] @ weights, 0)).max() > 1e-3


def test_without_a_user_in_common_a_liking_goes_over_as_its_lift() -> None:
    outside = people(np.array([[0.5, 0.5, 0], [0.5, 0.5, 0], [0, 0, 0]], np.float32))
    inside = people(np.array([[0, 0, 0], [0, 0, 0], [0.2, 0.3, 0.5]], np.float32))
    across = Bridge(bridge(outside, inside, 1.0).source, 0.0, bridge(outside, inside, 1.0).target, None)
    nobody = people(np.zeros((2, 3), np.float32))
    told = across.cross(np.array([[0.9, 0.1, 0], [0.5, 0.5, 0]], np.float32), np.ones(2, np.float32), nobody, nobody)
    parts = np.array([0.2 * 1.8, 0.3 * 0.2, 0.5])
    assert told == pytest.approx(np.array([parts / parts.sum(), [0.2, 0.3, 0.5]]), abs=1e-6)


def test_where_no_interest_is_on_both_sides_there_is_what_everybody_chooses() -> None:
    across = Bridge(np.array([1.0, 0, 0]), 2.0, np.array([0, 3.0, 1.0]), None)
    nobody = people(np.zeros((1, 3), np.float32))
    told = across.cross(np.array([[1, 0, 0]], np.float32), np.ones(1, np.float32), nobody, nobody)
    assert told.tolist() == [[0, 0.75, 0.25]]


def test_a_domain_in_which_only_the_asker_was_says_nothing() -> None:
    outside, inside = (people(np.array([[*row]], np.float32)) for row in ([1, 0], [0, 1]))
    across = bridge(outside, inside, spread=1.0)
    assert not across.cross(outside.distribution, outside.evidence, outside, inside).any()


def test_tastes_that_are_not_bound_leave_little_more_than_the_mean() -> None:
    rng = np.random.default_rng(1)
    z, y = rng.normal(size=(60, 4)), rng.dirichlet(np.ones(3), 60)
    weights, _ = ridge(np.column_stack([np.ones(60), z]), y)
    assert weights[0] == pytest.approx(y.mean(axis=0), abs=0.02)
    assert np.abs(weights[1:]).max() < 0.05


def test_who_shows_little_is_drawn_to_everybody() -> None:
    own, everybody = np.array([[1.0, 0.0]] * 3, np.float32), np.array([0.5, 0.5])
    assert drawn(own, np.array([0, 2, 6], np.float32), everybody, 2.0).tolist() == [
        [0.5, 0.5],
        [0.75, 0.25],
        [0.875, 0.125],
    ]


@pytest.mark.parametrize("count", [2, 4, 30])
def test_the_prior_is_found_however_much_users_show(count: int) -> None:
    truth = np.array([[0.9, 0.1], [0.1, 0.9]])[np.arange(2000) % 2]
    shown = np.random.default_rng(2).multinomial(count, truth).astype(np.float32)
    found = prior_evidence(
        np.asarray(shown / count, np.float32), np.full(2000, count, np.float32), np.full(2, 0.5), 1.0
    )
    assert found == pytest.approx(0.18 / 0.32, rel=0.15)


def test_users_of_one_choice_show_nothing_of_themselves() -> None:
    single = np.eye(2, dtype=np.float32)[[0, 1] * 5]
    assert prior_evidence(single, np.ones(10, np.float32), np.full(2, 0.5), 1.0) == MAX_PRIOR


def test_users_who_do_not_differ_are_all_drawn_to_everybody() -> None:
    same = np.full((10, 2), 0.5, np.float32)
    assert prior_evidence(same, np.full(10, 9, np.float32), np.full(2, 0.5), 1.0) == MAX_PRIOR
    assert prior_evidence(same[:0], np.zeros(0, np.float32), np.full(2, 0.5), 1.0) == MAX_PRIOR
