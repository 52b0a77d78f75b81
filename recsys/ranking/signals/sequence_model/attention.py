"""The network's answer from its weights as arrays, so that lists are made without torch."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.special import erf

from recsys.events.interactions import Floats, Ints
from recsys.ranking.signals.sequence_model.windows import HEADS, LAYERS, WIDTH

Weights = Mapping[str, Floats]
"""Weights of a network by name."""
EPSILON = np.float32(1e-5)


def last_states(weights: Weights, embedded: Floats, liked: Ints, last: Ints) -> Floats:
    """State after place `last` of each window, (n, WIDTH): `network.Network` in evaluation mode.

    `embedded` are the embeddings of the items, (n, length, WIDTH); `liked` is (n, length). The last layer is asked for
    a single place of each window.
    """
    every: Ints = np.broadcast_to(np.arange(liked.shape[1], dtype=np.int32), liked.shape)
    states = embedded * np.float32(WIDTH**0.5) + weights["liked.weight"][liked] + weights["place.weight"][every]
    for layer in range(LAYERS):
        asked = every if layer + 1 < LAYERS else last[:, None]
        states = _layer(weights, f"layers.layers.{layer}.", states, asked)
    return _norm(weights, "layers.norm", states[:, 0])


def _layer(weights: Weights, name: str, states: Floats, asked: Ints) -> Floats:
    """States after a layer at places `asked`, (n, n_asked, WIDTH): attention, then two linear maps, each added."""
    rows, normed = np.arange(len(states))[:, None], _norm(weights, name + "norm1", states)
    table, bias = weights[name + "self_attn.in_proj_weight"], weights[name + "self_attn.in_proj_bias"]
    query = _heads(normed[rows, asked] @ table[:WIDTH].T + bias[:WIDTH])
    key, value = np.split(normed @ table[WIDTH:].T + bias[WIDTH:], 2, axis=2)
    later = np.arange(states.shape[1]) > asked[:, None, :, None]
    logits = np.where(later, -np.inf, query @ _heads(key).swapaxes(2, 3) / np.float32((WIDTH / HEADS) ** 0.5))
    share = np.exp(logits - logits.max(axis=3, keepdims=True), dtype=np.float32)
    share /= share.sum(axis=3, keepdims=True)
    mixed = (share @ _heads(value)).swapaxes(1, 2).reshape(*asked.shape, WIDTH)
    states = states[rows, asked] + _linear(weights, name + "self_attn.out_proj", mixed)
    inner = _linear(weights, name + "linear1", _norm(weights, name + "norm2", states))
    gelu = np.float32(0.5) * inner * (1 + erf(inner * np.float32(0.5**0.5)))
    return np.asarray(states + _linear(weights, name + "linear2", gelu), np.float32)


def _heads(states: Floats) -> Floats:
    """(n, length, WIDTH) as (n, HEADS, length, WIDTH / HEADS)."""
    return states.reshape(*states.shape[:2], HEADS, WIDTH // HEADS).swapaxes(1, 2)


def _linear(weights: Weights, name: str, states: Floats) -> Floats:
    return np.asarray(states @ weights[name + ".weight"].T + weights[name + ".bias"], np.float32)


def _norm(weights: Weights, name: str, states: Floats) -> Floats:
    centred = states - states.mean(axis=-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + EPSILON)
    return np.asarray(scaled * weights[name + ".weight"] + weights[name + ".bias"], np.float32)
