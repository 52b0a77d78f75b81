"""What the weights of actions bring: a purchase hidden from each history, predicted with them and with equal ones.

`python -m benchmarks.quality.action_weights --data NAME=FOLDER --wanted buy`
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from benchmarks import product
from benchmarks.quality import data
from benchmarks.quality.data import Data
from recsys.evaluation.bootstrap import draws, interval, ratio
from recsys.evaluation.metrics import Values, hits, ndcg, recall
from recsys.events.interactions import Interactions
from recsys.events.split import Requests, Split, sample
from recsys.settings import EventSettings

SEED = 2026
MIN_EVENTS = 5
"""Events with other items that a user who is asked must have."""
MAX_REQUESTS = 5000
"""Users who are asked, drawn at random from more."""
RESAMPLES = 2000


def equal(interactions: Interactions) -> Interactions:
    """The same events, positives with weight 1 and negatives with weight −1, whatever the action."""
    return replace(interactions, weight=np.sign(interactions.weight), grade=None)


def held_out(interactions: Interactions, wanted: Interactions) -> tuple[Interactions, Split]:
    """What is known without one `wanted` item of each user, drawn at random, and the requests for it.

    All events of the user with the item are hidden. `wanted` are the same events, of which those that are asked for
    are positive.
    """
    rng = np.random.default_rng(SEED)
    other = np.bincount(interactions.user, minlength=interactions.n_users) > MIN_EVENTS
    drawn = np.full(interactions.n_users, -1, np.int32)
    places = rng.permutation(np.flatnonzero(wanted.positive & other[wanted.user]))
    drawn[wanted.user[places]] = wanted.item[places]
    known = interactions.take(interactions.item != drawn[interactions.user])
    users = np.flatnonzero((drawn >= 0) & (np.bincount(known.user, minlength=known.n_users) >= MIN_EVENTS))
    asked = Requests(known.of_users(users.astype(np.int32)), np.full(len(users), known.end), users.astype(np.int32))
    cells = (np.ones(len(users), np.float32), (np.arange(len(users)), drawn[users]))
    return known, Split(asked, sp.csr_matrix(cells, shape=(len(users), known.n_items)))


def compare(given: Data, wanted: Interactions) -> str:
    """A row of Markdown: NDCG@10 and recall@10 with the weights, and beside it with equal ones, over the same users."""
    known, split = held_out(given.interactions, wanted)
    split = sample(split, MAX_REQUESTS, np.random.default_rng(SEED))
    asked, like = split.requests, replace(split.requests, history=equal(split.requests.history))
    found = [
        hits(product.lists(*side, given.world, given.settings), split.targets)
        for side in ((known, asked), (equal(known), like))
    ]
    ones = np.ones(len(split.requests))
    drawn = draws(len(ones), RESAMPLES, SEED)
    return (
        " | ".join(
            [
                f"| {given.name}",
                f"{len(ones):,}",
                _shown([ndcg(lists, ones) for lists in found], drawn),
                _shown([recall(lists, ones) for lists in found], drawn),
            ]
        )
        + " |"
    )


def _shown(values: Sequence[Values], drawn: np.ndarray) -> str:
    weighted, same = (interval(value, drawn)[0] for value in values)
    times, low, high = ratio(values[0], values[1], drawn)
    return f"{weighted:.4f} | {same:.4f} | {times:.3f} ({low:.3f} to {high:.3f})"


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints a table, one row a data set."""
    found = argparse.ArgumentParser("python -m benchmarks.quality.action_weights", description=__doc__)
    found.add_argument(
        "--data",
        action="append",
        required=True,
        metavar="NAME=FOLDER",
        type=data.named_folder,
        help="a folder of events.parquet and items.parquet; repeatable",
    )
    found.add_argument(
        "--wanted",
        nargs="+",
        default=["buy", "purchase", "order", "transaction"],
        help="actions that are asked for (default: those of a purchase)",
    )
    options = found.parse_args(arguments)
    weights = {action: float(action in options.wanted) for action in EventSettings().action_weights}
    print("| data | users | NDCG@10 | all weights equal | ratio | recall@10 | all weights equal | ratio |")
    print("|" + " --- |" * 8)
    for name, folder in options.data:
        asked = data.folder(name, Path(folder), f"events.action_weights={json.dumps(weights)}")
        print(compare(data.folder(name, Path(folder)), asked.interactions), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
