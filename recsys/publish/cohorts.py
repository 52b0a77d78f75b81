"""Lists of cohorts, for people who have none of their own: what is recommended to many who share an attribute.

An item's score in a cohort is the sum of 1/rank over its members' lists. Under `least` members a cohort has no list:
its members could be identified. With ε above 0 the lists are differentially private in the members' lists: whether one
user is among the members changes the odds of any outcome by at most a factor e^ε. Laplace mechanism: C. Dwork et al.,
Calibrating Noise to Sensitivity in Private Data Analysis, TCC 2006.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import scipy.sparse as sp

from recsys.events.side import MAX_VALUES, grouped
from recsys.events.words import plain
from recsys.publish.lists import AUDIENCE
from recsys.schema import ITEM_IDS, REASONS, SCORES, TERMS, USER_ID
from recsys.settings import ReasonLanguage

TYPES = pa.schema(
    [
        (AUDIENCE, pa.string()),
        (ITEM_IDS, pa.list_(pa.string())),
        (SCORES, pa.list_(pa.float32())),
        (REASONS, pa.list_(pa.string())),
        (TERMS, pa.list_(pa.string())),
    ]
)
COUNT_SHARE = 0.1
"""Share of ε that the numbers of members take; the scores take the rest."""
WORDS: Mapping[ReasonLanguage, str] = {
    "en": "recommended to many people with {cohort}",
    "zh": "推荐给许多符合“{cohort}”的人",
}
TERM = "members' ranks {score:+.2f}"
"""Of what a score is the sum."""
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Rules:
    """How cohorts' lists are made."""

    least: int
    """Members under whom a cohort has no list."""
    epsilon: float = 0.0
    """Privacy loss of all cohorts' lists together; 0: no noise is added."""
    language: ReasonLanguage = "en"


def cohort_lists(
    files: Sequence[Path], users: Path, items: pa.Array, rules: Rules, rng: np.random.Generator
) -> pa.Table:
    """A row per cohort, by audience (`attribute=value`); `items` are those that may be served."""
    lists = pa.concat_tables([pq.read_table(file, columns=[USER_ID, ITEM_IDS]) for file in files])
    member, names = members(pd.read_parquet(users), lists[USER_ID].to_pylist())
    length = max((len(items) for items in lists[ITEM_IDS].to_pylist()), default=0)
    if not names or not length:
        return TYPES.empty_table()
    count = np.asarray(member.sum(axis=0), float).ravel()
    scores = (member.T @ _ranks(lists[ITEM_IDS].combine_chunks(), items)).toarray()
    if rules.epsilon:
        attributes = int(member.sum(axis=1).max())
        count, scores = noisy(count, scores, rules.epsilon, attributes, length, rng)
    kept = np.flatnonzero((count >= rules.least) & (scores > 0).any(axis=1))
    return pa.Table.from_pylist([_row(names[row], scores[row], items, length, rules.language) for row in kept], TYPES)


def members(users: pd.DataFrame, user_ids: Sequence[str]) -> tuple[sp.csr_matrix, list[str]]:
    """1 where a user has a value, (n_users, n_cohorts), and the cohorts' names, `attribute=value`."""
    known = users.set_index(users[USER_ID].astype(str)).drop(columns=USER_ID)
    columns = {name: grouped(known[name]) for name in known.columns}
    usable = {
        name: column.reindex(list(user_ids)) for name, column in columns.items() if column.nunique() <= MAX_VALUES
    }
    flags = {
        f"{name}={value}": (column == value).to_numpy(float)
        for name, column in usable.items()
        for value in sorted(column.dropna().unique())
    }
    if not flags:
        return sp.csr_matrix((len(user_ids), 0)), []
    return sp.csr_matrix(np.column_stack(list(flags.values()))), list(flags)


def noisy(
    count: Numbers, scores: Numbers, epsilon: float, attributes: int, length: int, rng: np.random.Generator
) -> tuple[Numbers, Numbers]:
    """Members and scores with Laplace noise that hides any one user, who is in at most `attributes` cohorts.

    A user adds at most 1 to the number of members of each, and 1 + 1/2 + … + 1/length to its scores.
    """
    most = attributes * float(np.sum(1.0 / np.arange(1, length + 1)))
    return (
        count + rng.laplace(0.0, attributes / (COUNT_SHARE * epsilon), count.shape),
        scores + rng.laplace(0.0, most / ((1 - COUNT_SHARE) * epsilon), scores.shape),
    )


def _ranks(lists: pa.ListArray, items: pa.Array) -> sp.csr_matrix:
    """1/rank of an item in a user's list, (n_users, n_items)."""
    row = pc.list_parent_indices(lists).to_numpy()
    start = np.asarray(lists.offsets)[row] - np.asarray(lists.offsets)[0]
    item = pc.index_in(lists.flatten(), value_set=items).to_numpy(zero_copy_only=False)
    known = ~np.isnan(item.astype(float))
    worth = 1.0 / (np.arange(len(row)) - start + 1)
    return sp.csr_matrix((worth[known], (row[known], item[known].astype(int))), (len(lists), len(items)))


def _row(cohort: str, scores: Numbers, items: pa.Array, length: int, language: ReasonLanguage) -> dict[str, object]:
    best = np.argsort(-scores, kind="stable")[: min(length, int((scores > 0).sum()))]
    reason = WORDS[language].format(cohort=plain(cohort.replace("=", " ", 1)))
    return {
        AUDIENCE: cohort,
        ITEM_IDS: items.take(pa.array(best)).to_pylist(),
        SCORES: scores[best].tolist(),
        REASONS: [reason] * len(best),
        TERMS: [TERM.format(score=score) for score in scores[best]],
    }
