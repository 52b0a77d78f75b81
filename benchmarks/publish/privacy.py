"""python -m benchmarks.publish.privacy [users]: what differential privacy of cohorts' lists costs in NDCG@10.

Users of ten towns, whose tastes differ by town as planted: half lend their lists, the others are unknown users
who are served the list of their town; their positives are known.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from recsys.publish.cohorts import Rules, cohort_lists

TOWNS, ITEMS, TOP_N, POSITIVES = 10, 1_000, 10, 20
EPSILONS = (0.0, 10.0, 3.0, 1.0, 0.3, 0.1)
SEEDS = range(5)


def town_tastes(rng: np.random.Generator) -> np.ndarray:
    """Probability of every item in every town, (TOWNS, ITEMS): popularity by Zipf's law, in an order half its own."""
    zipf = 1.0 / np.arange(1, ITEMS + 1)
    shared, own = rng.permutation(zipf), np.stack([rng.permutation(zipf) for _ in range(TOWNS)])
    tastes: np.ndarray = (shared + own) / (shared + own).sum(axis=1, keepdims=True)
    return tastes


def positives_of(rng: np.random.Generator, tastes: np.ndarray, town: np.ndarray) -> list[np.ndarray]:
    """Distinct positive items of each user, likelier items more often first."""
    return [rng.choice(ITEMS, POSITIVES, replace=False, p=tastes[home]) for home in town]


def ndcg(shown: list[str], wanted: set[str]) -> float:
    """NDCG@10 with binary gains."""
    gains = [1 / np.log2(rank + 2) for rank, item in enumerate(shown[:TOP_N]) if item in wanted]
    return float(sum(gains) / sum(1 / np.log2(rank + 2) for rank in range(min(TOP_N, len(wanted)))))


def run(users: int, epsilon: float, seed: int) -> float:
    """Mean NDCG@10 of the unknown users; towns that get no list count 0."""
    rng = np.random.default_rng(seed)
    tastes, town = town_tastes(rng), rng.integers(0, TOWNS, 2 * users)
    positives = [[f"item-{item:04}" for item in row] for row in positives_of(rng, tastes, town)]
    with tempfile.TemporaryDirectory() as folder:
        lists, people = Path(folder, "lists.parquet"), Path(folder, "users.parquet")
        ids = [f"u{row}" for row in range(users)]
        pd.DataFrame({"user_id": ids, "item_ids": [row[:TOP_N] for row in positives[:users]]}).to_parquet(lists)
        pd.DataFrame({"user_id": ids, "town": [f"t{home}" for home in town[:users]]}).to_parquet(people)
        items = pa.array([f"item-{item:04}" for item in range(ITEMS)])
        made = cohort_lists([lists], people, items, Rules(20, epsilon), rng)
    served = dict(zip(made["audience"].to_pylist(), made["item_ids"].to_pylist(), strict=True))
    return float(
        np.mean([ndcg(served.get(f"town=t{town[row]}", []), set(positives[row])) for row in range(users, 2 * users)])
    )


def main(users: int) -> None:
    """Prints the mean of several seeds, and the least and most, for every ε."""
    print(
        f"{users:,} users who lend their lists, {TOWNS} towns; NDCG@10 of as many unknown users: mean (least to most)"
    )
    plain = 0.0
    for epsilon in EPSILONS:
        found = [run(users, epsilon, seed) for seed in SEEDS]
        plain = plain or float(np.mean(found))
        name = f"epsilon {epsilon}" if epsilon else "no noise"
        cost = 1 - np.mean(found) / plain
        print(f"{name:14} {np.mean(found):.4f} ({min(found):.4f} to {max(found):.4f})  cost {cost:.1%}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000)
