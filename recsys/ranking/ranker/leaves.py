"""What each feature contributes to the value of a tree's leaf, worked out once for all leaves of a booster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import scipy.sparse as sp

from recsys.events.interactions import Floats


@dataclass(frozen=True)
class Leaves:
    """Contributions along the way from the root to each leaf of all trees of a booster (Saabas 2014)."""

    contributions: Floats
    """By how much splits on a feature change the expected value; the root's is the last, (n_leaves, n_features + 1)."""
    starts: np.ndarray
    """First leaf of each tree, (n_trees,)."""

    def terms(self, booster: lgb.Booster, features: Floats) -> Floats:
        """Sums over the leaves that rows fall into, (n_rows, n_features + 1); rows sum to the booster's value."""
        leaf = (
            np.asarray(booster.predict(features, pred_leaf=True, num_threads=1)).reshape(len(features), -1)
            + self.starts
        )
        ends = np.arange(len(features) + 1) * leaf.shape[1]
        ones = np.ones(leaf.size, np.float32)
        fallen = sp.csr_matrix((ones, leaf.ravel(), ends), shape=(len(features), len(self.contributions)))
        return np.asarray(fallen @ self.contributions, np.float32)


def of(booster: lgb.Booster, n_features: int) -> Leaves:
    """The contributions of all leaves of a booster."""
    parts = [
        _of_tree(tree["tree_structure"], tree["num_leaves"], n_features) for tree in booster.dump_model()["tree_info"]
    ]
    starts = np.concatenate([[0], np.cumsum([len(part) for part in parts])[:-1]]).astype(np.int64)
    return Leaves(np.concatenate(parts).astype(np.float32), starts)


def _of_tree(root: dict[str, Any], n_leaves: int, n_features: int) -> np.ndarray:
    found, start = np.zeros((n_leaves, n_features + 1)), np.zeros(n_features + 1)
    start[-1] = _value(root)
    ways = [(root, start)]
    while ways:
        node, terms = ways.pop()
        if "split_feature" not in node:
            found[node.get("leaf_index", 0)] = terms
            continue
        for side in ("left_child", "right_child"):
            following = terms.copy()
            following[node["split_feature"]] += _value(node[side]) - _value(node)
            ways.append((node[side], following))
    return found


def _value(node: dict[str, Any]) -> float:
    return float(node["internal_value"] if "split_feature" in node else node["leaf_value"])
