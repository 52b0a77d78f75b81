"""Causal self-attention over histories (SASRec, Kang & McAuley 2018), items known by id and text."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from recsys.ranking.signals.sequence_model.windows import HEADS, LAYERS, LENGTH, SPREAD, WIDTH


class Network(nn.Module):
    """Self-attention over events; an item is its own embedding plus a projection of its text."""

    def __init__(self, directions: torch.Tensor, dropout: float = 0.0):
        super().__init__()
        self.own = nn.Embedding(len(directions) + 1, WIDTH, padding_idx=0)
        self.liked = nn.Embedding(3, WIDTH, padding_idx=0)
        self.place = nn.Embedding(LENGTH, WIDTH)
        self.project = nn.Linear(directions.shape[1], WIDTH, bias=False)
        layer = nn.TransformerEncoderLayer(WIDTH, HEADS, 2 * WIDTH, dropout, "gelu", batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, LAYERS, nn.LayerNorm(WIDTH), enable_nested_tensor=False)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("directions", functional.pad(directions, (0, 0, 1, 0)), persistent=False)
        self.n_items = len(directions)
        self.register_buffer("hidden", torch.triu(torch.ones(LENGTH, LENGTH, dtype=torch.bool), 1), persistent=False)
        for table in (self.own, self.liked, self.place):
            nn.init.normal_(table.weight, std=SPREAD)

    def given(self, array: np.ndarray) -> torch.Tensor:
        """An array where the network lies."""
        return torch.from_numpy(array).to(self.place.weight.device)

    def items(self, rows: torch.Tensor) -> torch.Tensor:
        """Embeddings of items, (…, WIDTH)."""
        return self.own(rows) + self.project(self.directions[rows])  # type: ignore[no-any-return,index]

    def forward(self, item: torch.Tensor, liked: torch.Tensor) -> torch.Tensor:
        """States after each event, (n, length, WIDTH); their products with embeddings of items are logits."""
        length = liked.shape[1]
        events = self.items(item) * WIDTH**0.5 + self.liked(liked) + self.place.weight[:length]
        mask = self.hidden[:length, :length]  # type: ignore[index]
        return self.layers(self.dropout(events), mask=mask, is_causal=True)  # type: ignore[no-any-return]
