"""What comes next, by causal self-attention over histories (SASRec, Kang & McAuley 2018)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch

from recsys.events.interactions import Floats, Interactions
from recsys.events.split import Requests
from recsys.ranking.retrievers.next_item.network import Network
from recsys.ranking.retrievers.next_item.training import train
from recsys.ranking.retrievers.next_item.windows import Windows, windows
from recsys.transfer.model import Profiles

THREADS = 1
"""Of torch, for so small a network: more would only wait for each other, most of all beside other work."""
GROUP = 64
"""Requests that are answered at once."""


@dataclass(frozen=True)
class Sequence:
    """A trained network, kept as plain arrays."""

    state: dict[str, torch.Tensor]
    directions: Floats
    known: Floats
    """1 for items that were chosen in training, or whose text is known, (n_items,)."""
    name: ClassVar[str] = "sequence"
    transfers: ClassVar[bool] = False

    def score(self, requests: Requests, profiles: Profiles) -> Floats:
        """Chance that an item comes next, in standard deviations above the mean item; 0 for an empty history."""
        del profiles
        latest = windows(requests.history, latest_only=True)
        torch.set_num_threads(THREADS)
        with torch.inference_mode():
            network = Network(torch.tensor(self.directions, dtype=torch.float32))
            network.load_state_dict(self.state)
            network.eval()
            items = network.items(torch.arange(1, len(self.directions) + 1))
            logits = [_logits(network, items, latest, start) for start in range(0, len(requests), GROUP)]
        found = np.concatenate([*logits, np.zeros((0, len(self.directions)), np.float32)])
        spread = np.maximum(found.std(axis=1, keepdims=True), 1e-6)
        standard = np.maximum((found - found.mean(axis=1, keepdims=True)) / spread, 0.0)
        return np.asarray(np.round(standard, 3) * self.known * (latest.item > 0).any(axis=1, keepdims=True), np.float32)


def _logits(network: Network, items: torch.Tensor, latest: Windows, start: int) -> Floats:
    """Of one group of requests; a short one is filled up, for sums in matrices of another shape differ in last bits."""
    rows = slice(start, start + GROUP)
    count = len(latest.item[rows])
    item, liked = (np.pad(table[rows], ((0, GROUP - count), (0, 0))) for table in (latest.item, latest.liked))
    last = np.maximum((item > 0).sum(axis=1) - 1, 0)
    states = network(torch.from_numpy(item), torch.from_numpy(liked))[torch.arange(GROUP), torch.from_numpy(last)]
    return np.asarray((states @ items.T).numpy()[:count], np.float32)


def fit(interactions: Interactions, directions: Floats, seed: int, device: str = "cpu") -> Sequence:
    """A network trained on the histories, on `cpu` or `cuda`; `directions` are items' texts, (n_items, dim)."""
    torch.set_num_threads(THREADS)
    data = windows(interactions, latest_only=False)
    network = train(data, directions, seed, device)
    known = np.any(directions, axis=1)
    known[data.following[data.following > 0] - 1] = True
    return Sequence(network.state_dict(), directions, known.astype(np.float32))
