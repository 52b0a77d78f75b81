"""The items of highest product of factors: recsys beside `recommend` of the package `implicit`, each on one thread."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from benchmarks.quality import venv
from benchmarks.scale.checkout import StageError

USERS, ITEMS, DIMENSIONS, COUNT = 40_000, 20_000, 64, 100
ROUNDS: Final = 3
HERE: Final = Path(__file__).resolve().parent

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Factors:
    """Factors of users, (n_users, dimensions), and of items, (n_items, dimensions)."""

    users: Floats
    items: Floats


Retrieve = Callable[[Factors, int], Ints]
"""The best items of each user, best first, (n_users, count)."""


@dataclass(frozen=True)
class Answer:
    """Lists, and the CPU seconds of each round."""

    items: Ints
    seconds: list[float]


def factors(users: int = USERS, items: int = ITEMS, dimensions: int = DIMENSIONS, seed: int = 7) -> Factors:
    """Random factors; the lengths of those of items vary, as popularity makes them."""
    rng = np.random.default_rng(seed)
    lengths = rng.lognormal(0, 0.5, (items, 1)).astype(np.float32)
    return Factors(
        rng.standard_normal((users, dimensions), np.float32),
        rng.standard_normal((items, dimensions), np.float32) * lengths,
    )


def ours(given: Factors, count: int) -> Ints:
    """Lists of the product's own retrieval: the only place that knows how `Factors` of the product is called."""
    signals = "recsys.ranking.signals"
    answers, contract, index = (
        importlib.import_module(f"{signals}.{name}") for name in ("answers", "contract", "index")
    )
    seen = sp.csr_matrix((len(given.users), len(given.items)), dtype=np.float32)
    open_items = contract.Open(np.ones(len(given.items), bool), seen)
    found = answers.Factors.plain(given.users, index.Index(given.items)).nominate(count, open_items)
    return np.asarray(found.item, np.int32).reshape(len(given.users), -1)


def measured(retrieve: Retrieve, given: Factors, count: int = COUNT, rounds: int = ROUNDS) -> Answer:
    """The lists of a function of this process, and what they cost."""
    retrieve(Factors(given.users[:100], given.items), count)  # imports and allocations are not what is measured
    seconds = []
    for _ in range(rounds):
        began = time.process_time()
        found = retrieve(given, count)
        seconds.append(time.process_time() - began)
    return Answer(found, seconds)


def implicit(given: Factors, count: int = COUNT, rounds: int = ROUNDS) -> Answer:
    """The lists of `implicit`, from an environment of its own that is built once, and what they cost."""
    python = venv.python(venv.ROOT / "var" / "implicit-venv", HERE / "requirements-peer.txt")
    threads = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    with tempfile.TemporaryDirectory(prefix="recsys-retrieval-") as name:
        folder = Path(name)
        np.save(folder / "users.npy", given.users)
        np.save(folder / "items.npy", given.items)
        done = subprocess.run(
            [str(python), "-P", str(HERE / "implicit_peer.py"), name, str(count), str(rounds)],
            env={**os.environ, **threads},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StageError(f"implicit failed: {done.stderr.strip()[-1500:]}")
        return Answer(np.load(folder / "peer.npy"), json.loads((folder / "peer.json").read_text()))


def agreement(items: Ints, peer: Ints) -> float:
    """Share of the items of the lists that are in the peer's list of the same user.

    >>> agreement(np.array([[1, 2], [3, 4]]), np.array([[2, 1], [3, 5]]))
    0.75
    """
    offset = np.arange(len(items), dtype=np.int64)[:, None] << 32
    return float(np.isin(offset + items, offset + peer).mean())


def report(given: Factors, retrieve: Retrieve, peer: Callable[[Factors], Answer] = implicit) -> str:
    """Both in CPU seconds, their ratio, and how far they agree; raises `StageError` where recsys has none."""
    try:
        own = measured(retrieve, given)
    except ModuleNotFoundError as error:
        raise StageError(f"this checkout has no retrieval to measure: {error}") from None
    other = peer(given)
    ratios = [mine / theirs for mine, theirs in zip(own.seconds, other.seconds, strict=True)]
    return "\n".join(
        [
            f"top {COUNT} of {len(given.users):,} users, {len(given.items):,} items, {given.items.shape[1]} dimensions;"
            " CPU seconds: median (least to most)",
            *(
                f"{name:9} {median(answer.seconds):.2f} ({min(answer.seconds):.2f} to {max(answer.seconds):.2f})"
                for name, answer in (("recsys", own), ("implicit", other))
            ),
            f"recsys takes {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) of the CPU of implicit; "
            f"{agreement(own.items, other.items):.2%} of its items are implicit's too",
        ]
    )
