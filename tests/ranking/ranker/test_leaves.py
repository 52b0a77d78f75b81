from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.events.interactions import Floats
from recsys.ranking.ranker import leaves

N_FEATURES = 4
QUIET = {"verbose": -1, "num_threads": 1, "deterministic": True, "force_row_wise": True}


def booster(features: Floats, target: Floats, rounds: int = 5, n_leaves: int = 6) -> lgb.Booster:
    """A regression, which unlike a ranking has a mean to start from."""
    parameters = {
        **QUIET,
        "objective": "regression",
        "num_leaves": n_leaves,
        "min_data_in_leaf": 3,
        "learning_rate": 0.3,
    }
    return lgb.train(parameters, lgb.Dataset(features, target), rounds)


def terms(grown: lgb.Booster, features: Floats) -> Floats:
    return leaves.of(grown, features.shape[1]).terms(grown, features)


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), rounds=st.integers(1, 8), n_leaves=st.integers(2, 12))
def test_contributions_sum_to_what_the_booster_predicts(seed: int, rounds: int, n_leaves: int) -> None:
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(80, N_FEATURES)).astype(np.float32)
    target = (3 + features[:, 0] * features[:, 1] + rng.normal(size=80)).astype(np.float32)
    grown, unseen = booster(features, target, rounds, n_leaves), rng.normal(size=(30, N_FEATURES)).astype(np.float32)
    for rows in (features, unseen):
        found = terms(grown, rows)
        assert found.shape == (len(rows), N_FEATURES + 1)
        assert found.sum(axis=1) == pytest.approx(grown.predict(rows), abs=1e-4)


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000))
def test_every_leaf_has_the_value_that_its_contributions_sum_to(seed: int) -> None:
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(80, N_FEATURES)).astype(np.float32)
    grown = booster(features, features[:, 2] + features[:, 3] ** 2)
    found = leaves.of(grown, N_FEATURES)
    ends = [*found.starts[1:].tolist(), len(found.contributions)]
    for tree, (start, end) in enumerate(zip(found.starts.tolist(), ends, strict=True)):
        value = [grown.get_leaf_output(tree, leaf) for leaf in range(end - start)]
        assert found.contributions[start:end].sum(axis=1) == pytest.approx(value, abs=1e-5)


def test_a_feature_never_split_on_contributes_nothing() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(200, N_FEATURES)).astype(np.float32)
    features[:, 1] = 7.0
    found = terms(booster(features, features[:, 0]), features)
    assert found[:, 1].tolist() == [0.0] * 200
    assert np.abs(found[:, 0]).mean() > 0.3


def test_by_hand_one_split_gives_the_mean_to_the_constant_and_the_rest_to_its_feature() -> None:
    """Targets of -1 and 3 with the mean 1: the split adds and takes 2, of which a round of 0.3 learns 0.6."""
    features = np.repeat([[0, 0], [0, 1]], 10, axis=0).astype(np.float32)
    found = terms(booster(features, np.repeat([-1, 3], 10).astype(np.float32), rounds=1, n_leaves=2), features)
    assert found[0] == pytest.approx([0, -0.6, 1], abs=1e-5)
    assert found[-1] == pytest.approx([0, 0.6, 1], abs=1e-5)


def test_trees_without_a_split_are_their_constant() -> None:
    features = np.ones((40, N_FEATURES), np.float32)
    grown = booster(features, np.full(40, 2.5, np.float32))
    assert terms(grown, features[:3]).tolist() == [[0, 0, 0, 0, 2.5]] * 3


def test_no_rows_have_no_contributions() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(40, N_FEATURES)).astype(np.float32)
    grown = booster(features, features[:, 0])
    assert terms(grown, features[:1]).shape == (1, N_FEATURES + 1)
