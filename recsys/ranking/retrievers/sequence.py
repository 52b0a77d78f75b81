"""What comes next: causal self-attention over histories (SASRec, Kang & McAuley 2018), items known by id and text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from recsys.events.interactions import Floats, Interactions, Ints
from recsys.events.split import Requests
from recsys.transfer.model import Profiles

LENGTH = 50
"""Latest events that are looked at."""
WIDTH, LAYERS, HEADS = 64, 2, 2
DROPOUT = 0.2
BATCH = 1600
"""Events of one step of training, with what fills up the shorter windows."""
RATE = 2e-3
SEEN = 200_000
"""Events to be foretold in all of training; they make the epochs, within `EPOCHS`."""
EPOCHS = (2, 15)
THREADS = 1
"""Of torch, for so small a network: more would only wait for each other, most of all beside other work."""
GROUP = 64
"""Requests that are answered at once."""
NEGATIVES = 1024
"""Items that a softmax is over: all of a small catalogue, a fresh random sample of a larger one."""


@dataclass(frozen=True)
class Windows:
    """Histories cut from their ends into pieces of `LENGTH` events; the rest of a row is 0 and comes last."""

    item: Ints
    """Number of the item, plus 1, (n_windows, LENGTH)."""
    liked: Ints
    """1 for a positive event, 2 for any other, (n_windows, LENGTH)."""
    following: Ints
    """Number of the next event's item, plus 1, where that event is positive, (n_windows, LENGTH)."""


def windows(interactions: Interactions, latest_only: bool) -> Windows:
    """All windows of all users in order; or the latest of each user alone, one row a user."""
    ends = interactions.starts[interactions.user + 1]
    back = ends - 1 - np.arange(len(interactions.user))
    piece = back // LENGTH
    counts = np.maximum(-(-np.diff(interactions.starts) // LENGTH), 1)
    first = np.zeros(interactions.n_users, int) if latest_only else np.concatenate([[0], np.cumsum(counts)[:-1]])
    row = interactions.user if latest_only else first[interactions.user] + counts[interactions.user] - 1 - piece
    size = np.minimum(LENGTH, (ends - interactions.starts[interactions.user]) - piece * LENGTH)
    place = size - 1 - back % LENGTH
    after = np.zeros(len(row), np.int32)
    same = interactions.user[1:] == interactions.user[:-1]
    after[:-1] = np.where(same & interactions.positive[1:], interactions.item[1:] + 1, 0)
    kept = piece == 0 if latest_only else np.ones(len(row), bool)
    shape = (interactions.n_users if latest_only else int(counts.sum()), LENGTH)
    filled = [np.zeros(shape, np.int32) for _ in range(3)]
    columns = (interactions.item + 1, np.where(interactions.positive, 1, 2), after)
    for target, column in zip(filled, columns, strict=True):
        target[row[kept], place[kept]] = column[kept]
    return Windows(*filled)


class Network(nn.Module):
    """Self-attention over events; an item is its own embedding plus a projection of its text."""

    def __init__(self, directions: torch.Tensor):
        super().__init__()
        self.own = nn.Embedding(len(directions) + 1, WIDTH, padding_idx=0)
        self.liked = nn.Embedding(3, WIDTH, padding_idx=0)
        self.place = nn.Embedding(LENGTH, WIDTH)
        self.project = nn.Linear(directions.shape[1], WIDTH, bias=False)
        layer = nn.TransformerEncoderLayer(WIDTH, HEADS, 2 * WIDTH, DROPOUT, "gelu", batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, LAYERS, nn.LayerNorm(WIDTH), enable_nested_tensor=False)
        self.dropout = nn.Dropout(DROPOUT)
        self.register_buffer("directions", functional.pad(directions, (0, 0, 1, 0)), persistent=False)
        self.register_buffer("hidden", torch.triu(torch.ones(LENGTH, LENGTH, dtype=torch.bool), 1), persistent=False)
        for table in (self.own, self.liked, self.place):
            nn.init.normal_(table.weight, std=0.02)

    def items(self, rows: torch.Tensor) -> torch.Tensor:
        """Embeddings of items, (…, WIDTH)."""
        return self.own(rows) + self.project(self.directions[rows])  # type: ignore[no-any-return,index]

    def forward(self, item: torch.Tensor, liked: torch.Tensor) -> torch.Tensor:
        """What is expected after each event, (n, length, WIDTH)."""
        length = item.shape[1]
        events = self.items(item) * WIDTH**0.5 + self.liked(liked) + self.place.weight[:length]
        mask = self.hidden[:length, :length]  # type: ignore[index]
        return self.layers(self.dropout(events), mask=mask, is_causal=True)  # type: ignore[no-any-return]


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
            network = _network(self.directions, self.state)
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


def fit(interactions: Interactions, directions: Floats, seed: int) -> Sequence:
    """A network trained to foretell every positive event from those before it, by softmax over the items."""
    torch.set_num_threads(THREADS)
    torch.manual_seed(seed)
    data, rng = windows(interactions, latest_only=False), np.random.default_rng(seed)
    chosen = np.unique(data.following[data.following > 0])
    network = _network(directions, None)
    epochs = int(np.clip(SEEN / max(int(np.count_nonzero(data.following)), 1), *EPOCHS))
    batches = [batch for _ in range(epochs) for batch in _batches(data, rng)]
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=0.01, fused=True)
    if batches:
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=len(batches), pct_start=0.1)
        for batch in batches:
            _step(network, optimiser, data, batch, chosen, rng)
            schedule.step()
    known = np.any(directions, axis=1)
    known[chosen - 1] = True
    return Sequence(network.state_dict(), directions, known.astype(np.float32))


def _network(directions: Floats, state: dict[str, torch.Tensor] | None) -> Network:
    network = Network(torch.tensor(directions, dtype=torch.float32))
    if state is not None:
        network.load_state_dict(state)
    return network.train(state is None)


def _batches(data: Windows, rng: np.random.Generator) -> list[np.ndarray]:
    """Windows from which something is to be foretold, in groups of like length, in random order."""
    useful = rng.permutation(np.flatnonzero(data.following.any(axis=1)))
    sizes = (data.item[useful] > 0).sum(axis=1)
    order = np.argsort(sizes, kind="stable")
    group = np.cumsum(sizes[order]) // BATCH
    found = np.split(useful[order], np.flatnonzero(np.diff(group)) + 1)
    return [found[place] for place in rng.permutation(len(found)) if len(found[place])]


def _step(
    network: Network, optimiser: torch.optim.Optimizer, data: Windows, rows: np.ndarray, chosen: Ints,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    length = int((data.item[rows] > 0).sum(axis=1).max())
    following = data.following[rows, :length]
    wanted = following > 0
    pool = chosen if len(chosen) <= NEGATIVES else np.union1d(rng.choice(chosen, NEGATIVES, False), following[wanted])
    states = network(torch.from_numpy(data.item[rows, :length]), torch.from_numpy(data.liked[rows, :length]))
    logits = states[torch.from_numpy(wanted)] @ network.items(torch.from_numpy(pool.astype(np.int64))).T
    answers = torch.from_numpy(np.searchsorted(pool, following[wanted]))
    loss = functional.cross_entropy(logits, answers)
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()
