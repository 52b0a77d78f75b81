"""Makes a static model of an encoder: `python -m recsys.language.distill NAME FOLDER` writes FOLDER/model.

It is the method of model2vec (Tulkens & van Dongen 2024): the model reads every token of its vocabulary by itself, and
the vectors are rotated to their principal components, of which the first ones stay. A text is the mean of its tokens'
vectors. Tokens are not weighted by how rare they are: frequent ones, such as categories, describe an item best.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.numpy import save_file
from tokenizers import Tokenizer

from recsys.language import models
from recsys.language.models import STATIC, Model
from recsys.language.network import network_of, tokenizer_of
from recsys.language.pooling import pooled

Floats = npt.NDArray[np.float32]

BATCH = 170
"""Tokens that are read at once."""
WIDTH = 256
"""Principal components that stay."""
UNUSED = re.compile(r"\[unused\d+\]")
"""Places that a vocabulary keeps free."""


def distill(name: str, target: Path, width: int = WIDTH) -> None:
    """Writes the static model of the model of that name, in the files of model2vec, to the folder `target`."""
    model = models.find(name)
    tokenizer = Tokenizer.from_str(tokenizer_of(model).backend_tokenizer.to_str())
    tokenizer.no_padding()
    tokenizer.no_truncation()
    names = [tokenizer.id_to_token(token) or "" for token in range(tokenizer.get_vocab_size())]
    used = np.array([not UNUSED.fullmatch(token) for token in names])
    vectors = np.zeros((len(names), min(width, model.dimensions)), np.float32)
    read = _alone(model, tokenizer, np.flatnonzero(used))
    vectors[used] = components(read, width)
    target.mkdir(parents=True)
    tokenizer.save(str(target / "tokenizer.json"))
    save_file({"embeddings": vectors.astype(np.float16)}, target / "model.safetensors")
    config = {"model_type": STATIC, "architectures": ["StaticModel"], "hidden_dim": vectors.shape[1], "normalize": True}
    (target / "config.json").write_text(json.dumps(config, indent=1))


@torch.inference_mode()
def _alone(model: Model, tokenizer: Tokenizer, tokens: npt.NDArray[np.int64]) -> Floats:
    """What the model makes of each token between those that begin and end a text, (n_tokens, width), of any length."""
    network = network_of(model).eval()
    begin, end = around(tokenizer)
    made = []
    for start in range(0, len(tokens), BATCH):
        ids = torch.tensor([[*begin, token, *end] for token in tokens[start : start + BATCH].tolist()])
        made.append(pooled(network(input_ids=ids).last_hidden_state, torch.ones_like(ids), model.pooling).numpy())
    return np.concatenate(made)


def around(tokenizer: Tokenizer) -> tuple[list[int], list[int]]:
    """Tokens that begin a text, and those that end it."""
    bare, whole = (tokenizer.encode("a", add_special_tokens=special).ids for special in (False, True))
    start = next(start for start in range(len(whole)) if whole[start : start + len(bare)] == bare)
    return whole[:start], whole[start + len(bare) :]


def components(vectors: Floats, width: int) -> Floats:
    """Vectors by their first principal components, (n, width), without their mean.

    >>> components(np.array([[3, 0], [1, 0], [2, 1], [2, -1], [5, 0], [-1, 0]], np.float32), 1).ravel().tolist()
    [1.0, -1.0, 0.0, 0.0, 3.0, -3.0]
    """
    moved = vectors - vectors.mean(axis=0)
    _, axes = np.linalg.eigh(moved.T @ moved)
    axes = axes[:, ::-1][:, :width]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    return np.asarray(moved @ axes, np.float32)


if __name__ == "__main__":
    torch.set_num_threads(1)
    distill(sys.argv[1], Path(sys.argv[2], "model"))
