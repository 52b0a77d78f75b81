"""Topics, their words, and items whose titles are made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Final

import numpy as np
import pandas as pd

from recsys.evaluation.metrics import Values
from recsys.schema import CATEGORY, ITEM_ID, TITLE

TOPICS: Final[Mapping[str, Sequence[str]]] = {
    topic: words.split()
    for topic, words in {
        "astronomy": "comet telescope nebula eclipse galaxy meteor planetarium orbit",
        "baking": "sourdough croissant yeast brioche muffin oven dough baguette",
        "chess": "gambit checkmate endgame bishop castling pawn grandmaster knight",
        "climbing": "boulder carabiner belay summit crampon ridge harness crag",
        "cycling": "derailleur peloton saddle sprint pedal velodrome gravel chainring",
        "gardening": "compost seedling trellis mulch greenhouse tulip pruning hedge",
        "jazz": "saxophone bebop trumpet swing improvisation contrabass quartet blues",
        "knitting": "yarn cardigan skein crochet mohair mitten needle wool",
        "photography": "aperture darkroom tripod shutter portrait lens exposure film",
        "sailing": "spinnaker regatta rudder harbour mainsail anchor catamaran knots",
    }.items()
}
"""Eight words by the name of their topic; a word belongs to one topic only."""
WORDS_A_TITLE = 3
MAIN, SECOND = 0.65, 0.25
"""Shares of the two topics of a person; the rest is spread evenly over all topics."""


def items(per_topic: int, rng: np.random.Generator) -> pd.DataFrame:
    """So many items of every topic: `item_id`, `title` of three words of the topic, no two the same, and `category`.

    Items of a topic follow each other.
    """
    rows = []
    for topic, words in TOPICS.items():
        titles = list(combinations(words, WORDS_A_TITLE))
        for place in rng.choice(len(titles), per_topic, replace=False):
            rows.append((" ".join(rng.permutation(titles[place])).capitalize(), topic))
    made = pd.DataFrame(rows, columns=[TITLE, CATEGORY])
    made.insert(0, ITEM_ID, [f"i{number:03d}" for number in range(len(made))])
    return made


def liking(main: np.ndarray, second: np.ndarray, per_topic: int) -> Values:
    """Probability of each item for people of these two topics, (n_people, n_items); rows sum to 1.

    Earlier items of a topic are liked more.
    """
    share = np.full((len(main), len(TOPICS)), (1 - MAIN - SECOND) / len(TOPICS))
    share[np.arange(len(main)), main] += MAIN
    share[np.arange(len(main)), second] += SECOND
    within = 1 / np.sqrt(np.arange(per_topic) + 3)
    made = np.kron(share, within / within.sum())
    return np.asarray(made / made.sum(axis=1, keepdims=True), np.float64)


def topics(people: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the main and of the second topic of so many people; the two differ, and all are equally frequent."""
    main = np.arange(people) % len(TOPICS)
    return main, (main + rng.integers(1, len(TOPICS), people)) % len(TOPICS)


def tastes(people: int, per_topic: int, rng: np.random.Generator) -> Values:
    """`liking` of so many people, each of two topics."""
    return liking(*topics(people, rng), per_topic)
