"""From the hidden states of a text's tokens to one vector."""

from __future__ import annotations

import torch

from recsys.language.shipped import Pooling


def pooled(hidden: torch.Tensor, mask: torch.Tensor, pooling: Pooling) -> torch.Tensor:
    """A vector per text, (n_texts, width), of hidden states (n_texts, n_tokens, width) where `mask` is 1.

    Padding is on the right, so a text begins with its first token, and its last token stands where the 1s of its mask
    end.
    """
    if pooling == "cls":
        return hidden[:, 0]
    if pooling == "last":
        return hidden[torch.arange(len(hidden), device=hidden.device), mask.sum(dim=1) - 1]
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weights).sum(dim=1) / weights.sum(dim=1)
