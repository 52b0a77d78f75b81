"""Next-item prediction by causal self-attention over histories (SASRec, Kang & McAuley 2018)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from recsys.events.interactions import Floats, Interactions, Ints, Mask
from recsys.events.split import Requests
from recsys.ranking.signals.sequence_model.attention import Weights, last_states
from recsys.ranking.signals.sequence_model.windows import LENGTH, SPREAD, WIDTH, windows

OWN, PROJECT = "own.weight", "project.weight"
"""Names of weights: embeddings of items, (1 + n_items, WIDTH), row 0 is of padding; and of texts, (WIDTH, dim)."""
GROUP = 64
"""Requests of one matrix product, the same in every group: sums of other shapes differ in their last bits."""
LENGTHS = (6, 16, LENGTH)
"""Lengths to which windows are padded: the first that holds a window, whatever other requests there are."""


@dataclass(frozen=True)
class Sequence:
    """A trained network, kept as plain arrays."""

    state: Weights
    directions: Floats
    known: Floats
    """1 for items with a positive event in training, or with a text, (n_items,)."""
    until: float = -np.inf
    """Day of the latest event in training."""

    def __getstate__(self) -> dict[str, object]:
        """The fields alone: what is cached is computed again where it is needed."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @cached_property
    def items(self) -> Floats:
        """Embeddings of all items, (n_items, WIDTH)."""
        return np.asarray(self.state[OWN][1:] + self.directions @ self.state[PROJECT].T, np.float32)

    def queries(self, requests: Requests) -> tuple[Floats, Mask]:
        """Last state of each request's latest window, (n_requests, WIDTH), and where there is a history, (n_requests,).

        `queries @ items.T` are the logits of the next item. A row is the same, to the last bit, whatever other requests
        there are; it is 0 without a history.
        """
        latest = windows(requests.history, latest_only=True)
        size = (latest.item > 0).sum(axis=1)
        padded, found = np.searchsorted(LENGTHS, size), np.zeros((len(size), WIDTH), np.float32)
        for place, length in enumerate(LENGTHS):
            for rows in _groups(np.flatnonzero((padded == place) & (size > 0))):
                found[rows] = self._states(latest.item[rows, :length], latest.liked[rows, :length])
        return found, size > 0

    def _states(self, item: Ints, liked: Ints) -> Floats:
        """Last states of at most `GROUP` windows, (n, WIDTH)."""
        last = (item > 0).sum(axis=1) - 1
        embedded = self.items[_filled(item) - 1]  # padding comes after the last event, and is not attended to
        return last_states(self.state, embedded, _filled(liked), np.pad(last, (0, GROUP - len(last))))[: len(item)]


def _groups(rows: np.ndarray) -> list[np.ndarray]:
    return [rows[start : start + GROUP] for start in range(0, len(rows), GROUP)]


def _filled(table: np.ndarray) -> np.ndarray:
    """The table with rows of 0 up to `GROUP` rows."""
    return np.pad(table, ((0, GROUP - len(table)), (0, 0)))


def fit(
    interactions: Interactions, directions: Floats, seed: int, device: str = "cpu", earlier: Sequence | None = None
) -> Sequence:
    """A network trained on the histories, on `cpu` or `cuda`; `directions` are the items' texts, (n_items, dim).

    Training resumes from the weights of `earlier`, whose rows are those of today's items (see `aligned`), if texts
    have the same width; else it starts anew.
    """
    from recsys.ranking.signals.sequence_model import training  # torch, which lists are made without

    data = windows(interactions, latest_only=False)
    until = float(data.day.max(initial=-np.inf))
    known = np.any(directions, axis=1)
    known[data.following[data.following > 0] - 1] = True
    if earlier is None or earlier.state[PROJECT].shape[1] != directions.shape[1]:
        network = training.train(data, directions, seed, device)
    else:
        network = training.resume(data, directions, earlier.state, earlier.until, seed, device)
        known, until = known | (earlier.known > 0), max(until, earlier.until)
    state = {name: table.numpy() for name, table in network.state_dict().items()}
    return Sequence(state, directions, known.astype(np.float32), until)


def aligned(earlier: Sequence, rows: Ints, directions: Floats) -> Sequence:
    """`earlier` with the items of today: item i has the weights of row `rows[i]`, (n_items,), -1 for a new item.

    The embedding of a new item is drawn as for a network that is not trained yet; its text, in `directions`,
    (n_items, dim), is read by the projection of `earlier`. The language model has to be the same.
    """
    own = earlier.state[OWN]
    table = np.random.default_rng(0).normal(0, SPREAD, (len(rows) + 1, own.shape[1])).astype(np.float32)
    table[0] = 0.0
    table[1:][rows >= 0] = own[1:][rows[rows >= 0]]
    known = np.where(rows >= 0, np.append(earlier.known, 0.0)[rows], np.any(directions, axis=1))
    return Sequence({**earlier.state, OWN: table}, directions, known.astype(np.float32), earlier.until)
