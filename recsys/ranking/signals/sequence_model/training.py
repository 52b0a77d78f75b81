"""Training of the network, for as long as it gets better at what it is not trained on.

The rate stays until more training brings little, then falls to nothing: nobody needs to know before how long that is
(warm-up, stable, decay: Hägele et al. 2024). Some histories are learnt in three epochs, others in thirty.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from recsys.events.interactions import Floats
from recsys.ranking.signals.sequence_model.attention import Weights
from recsys.ranking.signals.sequence_model.network import Network
from recsys.ranking.signals.sequence_model.steps import Steps
from recsys.ranking.signals.sequence_model.windows import HeldOut, Windows, hold_out, refresh

THREADS = 1
"""Threads of torch: more of them wait for each other in a network this small."""
FIRST, GROWTH, MAX_EVENTS = 100_000, 1.4, 1_000_000
"""Events predicted at the first look, growth factor of the next, and maximum before the rate falls."""
EPOCHS = 50
"""How often an event is predicted at most before the rate falls."""
COOLING = 0.5
"""Events predicted while the rate falls, as a share of those before."""
LOOKED_AT = 500
"""Users at most whose latest event a look is about."""
GROUP = 64
"""Windows that are looked at once."""
RESUMED, RESUMED_RATE = 100_000, 1e-3
"""Events predicted at most where training resumes from an earlier network, once each, and the highest rate then.

Half of them at most are of windows with new events: with these alone the network would forget what others do.
"""
RISING = 0.1
"""Share of these that the rate rises over; it falls over the others."""


@dataclass(frozen=True)
class Regime:
    """How a network is trained on histories of a kind."""

    dropout: float
    """Share of the states that are dropped."""
    batch: int
    """Events of one step, with what fills up the shorter windows."""
    negatives: int
    """Items that a softmax is over besides those of the step's events."""
    gain: float
    """Ratio to the look before from which on training continues; 0: it continues to `MAX_EVENTS`."""


LONG, SHORT = Regime(0.2, 1600, 1024, 1.05), Regime(0.5, 800, 256, 0.0)
"""Of long histories a network learns the most in a few epochs and then overfits; of short ones it needs many, and more
dropout (0.2 and 0.5: Kang & McAuley 2018, section IV-C)."""
MEAN_EVENTS = 30.0
"""Mean events of a history below which histories are short."""


def regime_of(data: Windows) -> Regime:
    """The regime for such histories."""
    users = len(np.unique(data.user[data.item.any(axis=1)]))
    return SHORT if np.count_nonzero(data.item) < MEAN_EVENTS * users else LONG


def train(data: Windows, directions: Floats, seed: int, device: str) -> Network:
    """A network that predicts every positive from those before it; it holds the texts, (n_items, dim), too.

    Some users' latest events are kept for the looks, and learnt last. It is returned on the CPU.
    """
    torch.set_num_threads(THREADS)
    torch.manual_seed(seed)
    rng, regime = np.random.default_rng(seed), regime_of(data)
    network = Network(torch.tensor(directions, dtype=torch.float32), regime.dropout)
    steps = Steps(network.to(device), data, rng, regime.batch, regime.negatives)
    part, held_out = hold_out(data, LOOKED_AT, rng)
    if part.following.any():
        learn(steps, part, held_out, regime.gain)
        steps.cool(data, COOLING)
    return steps.network.eval().cpu()


def resume(data: Windows, directions: Floats, weights: Weights, since: float, seed: int, device: str) -> Network:
    """A network of these weights, trained further on windows with events after day `since` and some others.

    Some users' latest events are never trained on; where the network gets worse at these, the weights are returned as
    they were. So they are where no event is after `since`. The network is returned on the CPU.
    """
    torch.set_num_threads(THREADS)
    torch.manual_seed(seed)
    rng, regime = np.random.default_rng(seed), regime_of(data)
    network = Network(torch.tensor(directions, dtype=torch.float32), regime.dropout)
    state = {name: torch.tensor(table) for name, table in weights.items()}
    network.load_state_dict(state)
    part, held_out = hold_out(refresh(data, since, RESUMED, rng), LOOKED_AT, rng, since)
    if not (part.following.any() and (data.day > since).any()):
        return network.eval()
    steps = Steps(network.to(device), data, rng, regime.batch, regime.negatives, RESUMED_RATE)
    start = quality(network, part, held_out)
    steps.go_on(part, RISING * np.count_nonzero(part.following))
    steps.cool(part, (1 - RISING) / RISING)
    if quality(network, part, held_out) < start:
        network.load_state_dict(state)
    return network.eval().cpu()


def learn(steps: Steps, data: Windows, held_out: HeldOut, gain: float) -> None:
    """Steps at one rate, until `MAX_EVENTS`, or a look that is less than `gain` times as good as the previous.

    The network then has the weights of the best look.
    """
    look, most = float(FIRST), min(MAX_EVENTS, EPOCHS * int(np.count_nonzero(data.following)))
    best = before = 0.0
    while True:
        steps.go_on(data, min(look, most))
        found = quality(steps.network, data, held_out)
        if found >= best:
            best, weights = found, {name: table.clone() for name, table in steps.network.state_dict().items()}
        if steps.predicted >= most or found < gain * before:
            break
        before, look = found, look * GROWTH
    steps.network.load_state_dict(weights)


def quality(network: Network, data: Windows, held_out: HeldOut) -> float:
    """Mean NDCG of the held-out events in a ranking of all items, from 0 to 1; 0 without any."""
    order = np.argsort(held_out.place, kind="stable")
    groups = [order[start : start + GROUP] for start in range(0, len(order), GROUP)]
    with torch.inference_mode():
        network.eval()
        items = network.items(network.given(np.arange(1, network.n_items + 1)))
        found = np.concatenate([*(_discounts(network, items, data, held_out, rows) for rows in groups), np.zeros(0)])
        network.train()
    return float(found.sum() / max(len(found), 1))


def _discounts(network: Network, items: torch.Tensor, data: Windows, held_out: HeldOut, rows: np.ndarray) -> np.ndarray:
    """Discounts of some held-out events; nothing after the last of their places is read, for attention is causal."""
    window, place, each, given = held_out.row[rows], held_out.place[rows], np.arange(len(rows)), network.given
    length = int(place.max()) + 1
    states = network(given(data.item[window, :length]), given(data.liked[window, :length]))[given(each), given(place)]
    logits = states @ items.T
    true = logits[given(each), given(held_out.following[rows] - 1)]
    return np.asarray(1 / torch.log2((logits > true[:, None]).sum(dim=1) + 2.0).cpu())
