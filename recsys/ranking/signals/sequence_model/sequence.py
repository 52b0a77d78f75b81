"""Next-item prediction by causal self-attention over histories (SASRec, Kang & McAuley 2018)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import torch

from recsys.events.interactions import Floats, Interactions, Ints, Mask
from recsys.events.split import Requests
from recsys.ranking.signals.sequence_model.network import OWN, SPREAD, WIDTH, Network
from recsys.ranking.signals.sequence_model.training import resume, train
from recsys.ranking.signals.sequence_model.windows import LENGTH, windows

THREADS = 1
"""Threads of torch: more of them wait for each other in a network this small."""
GROUP = 64
"""Requests of one matrix product. Sums of matrices of other shapes differ in their last bits, so every group has it."""
LENGTHS = (6, 16, LENGTH)
"""Lengths to which windows are padded: the first that holds a window, whatever other requests there are."""


@dataclass(frozen=True)
class Sequence:
    """A trained network, kept as plain arrays."""

    state: dict[str, torch.Tensor]
    directions: Floats
    known: Floats
    """1 for items with a positive event in training, or with a text, (n_items,)."""
    until: float = -np.inf
    """Day of the latest event in training."""

    def __getstate__(self) -> dict[str, object]:
        """The fields alone: what is cached is computed again where it is needed."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @cached_property
    def network(self) -> Network:
        """The network, in evaluation mode on the CPU."""
        network = Network(torch.from_numpy(np.array(self.directions, np.float32)))
        network.load_state_dict(self.state)
        return network.eval()

    @cached_property
    def items(self) -> Floats:
        """Embeddings of all items, (n_items, WIDTH)."""
        torch.set_num_threads(THREADS)
        with torch.inference_mode():
            return np.asarray(self.network.items(torch.arange(1, len(self.directions) + 1)).numpy(), np.float32)

    def queries(self, requests: Requests) -> tuple[Floats, Mask]:
        """Last state of each request's latest window, (n_requests, WIDTH), and where there is a history, (n_requests,).

        `queries @ items.T` are the logits of the next item. A row is the same, to the last bit, whatever other requests
        there are; it is 0 without a history.
        """
        torch.set_num_threads(THREADS)
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
        embedded = np.concatenate([np.zeros((1, WIDTH), np.float32), self.items])[_filled(item)]
        with torch.inference_mode():
            states = self.network.states(torch.from_numpy(embedded), torch.from_numpy(_filled(liked)))
        return np.asarray(states.numpy()[np.arange(len(item)), last], np.float32)


def _groups(rows: np.ndarray) -> list[np.ndarray]:
    return [rows[start : start + GROUP] for start in range(0, len(rows), GROUP)]


def _filled(table: np.ndarray) -> np.ndarray:
    """The table with rows of 0 up to `GROUP` rows."""
    return np.pad(table, ((0, GROUP - len(table)), (0, 0)))


def fit(
    interactions: Interactions, directions: Floats, seed: int, device: str = "cpu", earlier: Sequence | None = None
) -> Sequence:
    """A network trained on the histories, on `cpu` or `cuda`; `directions` are the items' texts, (n_items, dim).

    Training resumes from the weights of `earlier`, whose rows are those of today's items (see `aligned`), if they are
    of the same shapes; else it starts anew.
    """
    torch.set_num_threads(THREADS)
    data = windows(interactions, latest_only=False)
    until = float(data.day.max(initial=-np.inf))
    known = np.any(directions, axis=1)
    known[data.following[data.following > 0] - 1] = True
    if earlier is None or not _fits(earlier.state, directions):
        network = train(data, directions, seed, device)
    else:
        network = resume(data, directions, earlier.state, earlier.until, seed, device)
        known, until = known | (earlier.known > 0), max(until, earlier.until)
    return Sequence(network.state_dict(), directions, known.astype(np.float32), until)


def aligned(earlier: Sequence, rows: Ints, directions: Floats) -> Sequence:
    """`earlier` with the items of today: item i has the weights of row `rows[i]`, (n_items,), -1 for a new item.

    The embedding of a new item is drawn as for a network that is not trained yet; its text, in `directions`,
    (n_items, dim), is read by the projection of `earlier`. The language model has to be the same.
    """
    own, kept = earlier.state[OWN], torch.from_numpy(np.asarray(rows, np.int64))
    table = torch.randn(len(rows) + 1, own.shape[1], generator=torch.Generator().manual_seed(0)) * SPREAD
    table[0] = 0.0
    table[1:][kept >= 0] = own[1:][kept[kept >= 0]]
    known = np.where(rows >= 0, np.append(earlier.known, 0.0)[rows], np.any(directions, axis=1))
    return Sequence({**earlier.state, OWN: table}, directions, known.astype(np.float32), earlier.until)


def _fits(state: Mapping[str, torch.Tensor], directions: Floats) -> bool:
    """Whether the weights are those of a network as it is now, for texts of this shape."""
    with torch.device("meta"):
        now = Network(torch.empty(directions.shape)).state_dict()
    return {name: table.shape for name, table in now.items()} == {name: table.shape for name, table in state.items()}
