"""Steps of training: a softmax over items for every positive, given those before it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.optim.lr_scheduler import LinearLR

from recsys.events.interactions import Ints
from recsys.ranking.signals.sequence_model.network import Network
from recsys.ranking.signals.sequence_model.windows import Windows

RATE = 2e-3
WARM_UP = 40
"""Steps in which the rate rises from nearly nothing."""


class CrossEntropy(torch.autograd.Function):
    """`torch.nn.functional.cross_entropy`, mean over rows, whose gradient needs no second softmax."""

    @staticmethod
    def forward(ctx: Any, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Loss of logits (n, n_items) where `target`, (n,), is right; in float32 at most 87."""
        share, row = torch.softmax(logits, 1), torch.arange(len(target), device=target.device)
        loss = -share[row, target].clamp_min(torch.finfo(share.dtype).tiny).log().mean()
        share[row, target] -= 1
        ctx.save_for_backward(share.div_(len(target)))
        return loss

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        """(softmax - one-hot) / n, (n, n_items)."""
        (slope,) = ctx.saved_tensors
        return slope * gradient, None


class Steps:
    """A network on its way.

    A step has `batch` events, with what fills up the shorter windows. Its softmax is over all items of a small
    catalogue, or over a fresh random sample of `negatives` of a larger one and the items of its events.
    """

    def __init__(
        self, network: Network, data: Windows, rng: np.random.Generator, batch: int, negatives: int, rate: float = RATE
    ) -> None:
        self.network, self.rng, self.batch, self.negatives = network.train(), rng, batch, negatives
        self.predicted = 0
        """Events that it was to predict so far."""
        self.targets = np.unique(data.following[data.following > 0])
        self.optimiser = torch.optim.AdamW(network.parameters(), rate, weight_decay=0.01, fused=True)
        self.warm_up = LinearLR(self.optimiser, 1 / WARM_UP, 1.0, WARM_UP)

    def go_on(self, data: Windows, until: float) -> None:
        """Steps until so many events were predicted."""
        for batch in self._batches(data, until - self.predicted):
            self._step(data, batch)
            self.warm_up.step()

    def cool(self, data: Windows, share: float) -> None:
        """Steps at a falling rate, that predict a share of the events predicted before."""
        batches = list(self._batches(data, share * self.predicted))
        falling = LinearLR(self.optimiser, 1.0, 1 / len(batches), len(batches))
        for batch in batches:
            self._step(data, batch)
            falling.step()

    def _batches(self, data: Windows, events: float) -> Iterator[np.ndarray]:
        """Windows of every step, in epochs, until so many events are to be predicted."""
        while events > 0:
            for batch in _epoch(data, self.rng, self.batch):
                yield batch
                events -= int(np.count_nonzero(data.following[batch]))
                if events <= 0:
                    return

    def _step(self, data: Windows, rows: np.ndarray) -> None:
        length = int((data.item[rows] > 0).sum(axis=1).max())
        following = data.following[rows, :length]
        wanted = following > 0
        pool = self._pool(following[wanted])
        given = self.network.given
        states = self.network(given(data.item[rows, :length]), given(data.liked[rows, :length]))
        logits = states[given(wanted)] @ self.network.items(given(pool.astype(np.int64))).T
        loss = CrossEntropy.apply(logits, given(np.searchsorted(pool, following[wanted])))  # type: ignore[no-untyped-call]
        self.optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self.predicted += int(np.count_nonzero(wanted))

    def _pool(self, wanted: Ints) -> Ints:
        """Items that the softmax is over."""
        if len(self.targets) <= self.negatives:
            return self.targets
        return np.union1d(self.rng.choice(self.targets, self.negatives, False), wanted)


def _epoch(data: Windows, rng: np.random.Generator, size: int) -> list[np.ndarray]:
    """Windows from which something is to be predicted, in groups of like length, in random order."""
    useful = rng.permutation(np.flatnonzero(data.following.any(axis=1)))
    sizes = (data.item[useful] > 0).sum(axis=1)
    order = np.argsort(sizes, kind="stable")
    group = np.cumsum(sizes[order]) // size
    found = np.split(useful[order], np.flatnonzero(np.diff(group)) + 1)
    return [found[place] for place in rng.permutation(len(found)) if len(found[place])]
