"""The terms that a score is the sum of: by signal or fact, in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recsys.events.interactions import Floats, Ints, Mask
from recsys.ranking.candidates import Column
from recsys.ranking.signals.contract import Spec

CONSTANT, DIVERSITY, REST = "constant", "diversity", "rest"
"""Names of terms that are no signal and no fact, and of the sum of those that are not named."""


@dataclass(frozen=True)
class Terms:
    """The scores of items shown, term by term; rows are items shown, columns are terms."""

    names: tuple[str, ...]
    """Of the signals and facts, then `CONSTANT` and `DIVERSITY`, what diversity and exploration took off."""
    specs: tuple[Spec | None, ...]
    """Signal of each term; None for the others."""
    value: Floats
    """Rows sum to the scores."""
    signal: Floats
    """A signal's own score of the item; 0 for the other terms."""
    nominated: Mask
    """Where the signal nominated the item itself."""

    def in_numbers(self, row: int, named: Sequence[int]) -> str:
        """The terms at these places and the sum of all others, such as "ease +0.82; popularity +0.10; rest -0.05".

        >>> terms = np.array([[0.5, 0.25, -1.0]], np.float32)
        >>> made = Terms(("ease", "text", CONSTANT), (None,) * 3, terms, terms, terms > 0)
        >>> made.in_numbers(0, [1])
        'text +0.25; rest -0.50'
        """
        value = self.value[row]
        parts = [f"{self.names[place]} {value[place]:+.2f}" for place in named]
        return "; ".join([*parts, f"{REST} {float(value.sum() - value[list(named)].sum()):+.2f}"])


def grouped(columns: Sequence[Column], terms: Floats, features: Floats, penalty: Floats) -> Terms:
    """Terms by signal or fact: a signal's score and its normalised score are one term, and the penalty is another.

    `terms` (n_shown, n_features + 1) with the constant last, `features` (n_shown, n_features), `penalty` (n_shown,).
    """
    names = tuple(dict.fromkeys(column.name for column in columns))
    specs = {column.name: column.spec for column in columns}
    joined = np.zeros((len(columns), len(names)), np.float32)
    joined[np.arange(len(columns)), [names.index(column.name) for column in columns]] = 1.0
    signal, norm = (_of_kind(columns, names, features, kind) for kind in ("score", "norm"))
    value = np.column_stack([terms[:, :-1] @ joined, terms[:, -1], -penalty])
    return Terms(
        (*names, CONSTANT, DIVERSITY),
        (*(specs[name] for name in names), None, None),
        value,
        signal,
        (signal > 0) & (norm >= 0),
    )


def _of_kind(columns: Sequence[Column], names: Sequence[str], features: Floats, kind: str) -> Floats:
    """The features of a kind under the names of their terms, (n_shown, n_names + 2); 0 for other features."""
    found = np.zeros((len(features), len(names) + 2), np.float32)
    places: Ints = np.array([place for place, column in enumerate(columns) if column.kind == kind], np.int32)
    found[:, [names.index(columns[place].name) for place in places]] = features[:, places]
    return found
