"""From the hidden states of a text's tokens to one vector."""

from __future__ import annotations

from typing import Literal

import torch

from recsys.language.models import Kind

Pooling = Literal["mean", "last"]


def pooling_of(kind: Kind, asked: Literal["auto", "mean", "last"]) -> Pooling:
    """The pooling asked for; by itself the mean of an encoder's tokens, the last token of a decoder.

    >>> pooling_of("decoder", "auto"), pooling_of("decoder", "mean")
    ('last', 'mean')
    """
    if asked != "auto":
        return asked
    return "last" if kind == "decoder" else "mean"


def pooled(hidden: torch.Tensor, mask: torch.Tensor, pooling: Pooling) -> torch.Tensor:
    """One vector a text, (n_texts, width), of hidden states (n_texts, n_tokens, width) where `mask` is 1.

    Padding is on the right, so the last token of a text stands where its ones end.
    """
    if pooling == "last":
        return hidden[torch.arange(len(hidden), device=hidden.device), mask.sum(dim=1) - 1]
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weights).sum(dim=1) / weights.sum(dim=1)
