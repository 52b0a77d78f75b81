"""Peers that run in an environment of their own: a child process reads a task from files and answers in files."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.quality import venv
from benchmarks.quality.contract import DEPTH, Answers, Configuration, Family, Task, top
from recsys.errors import DataError
from recsys.events.interactions import Floats, Interactions, Ints

THREADS = 1
"""Threads of a child: peers are timed equally."""


@dataclass(frozen=True)
class Outside:
    """A peer whose module is `benchmarks.quality.isolated.<module>`."""

    name: str
    module: str
    configurations: Sequence[Configuration]
    families: Sequence[Family]
    random: bool = field(default=True, init=False)

    def answer(self, task: Task, configurations: Sequence[Configuration], seed: int) -> list[Answers]:
        """Answers of the child; a list that it leaves short is filled up with what is popular, like everybody's."""
        job = {
            "module": self.module,
            "configurations": [dict(configuration) for configuration in configurations],
            "seed": seed,
            "threads": THREADS,
            "depth": DEPTH,
        }
        with tempfile.TemporaryDirectory(prefix="recsys-peer-") as name:
            folder = Path(name)
            (folder / "job.json").write_text(json.dumps(job))
            write(folder / "task.npz", task)
            _run(folder, self.name)
            return [_read(folder / f"{number}.npz", task) for number in range(len(configurations))]


def write(file: Path, task: Task) -> None:
    """The positive events of a task's two sides, what is closed, and what its items are."""
    known, asking = (_positive(side) for side in (task.known, task.requests.history))
    seen, categories = task.requests.history.seen, task.categories
    np.savez(
        file,
        known_user=known.user,
        known_item=known.item,
        n_users=known.n_users,
        n_items=known.n_items,
        asking_row=asking.user,
        asking_item=asking.item,
        asking_user=task.requests.user,
        seen_start=seen.indptr,
        seen_item=seen.indices,
        available=task.available,
        domain=task.side.domain,
        within=task.within,
        category_start=categories.indptr,
        category=categories.indices,
        n_categories=categories.shape[1],
    )


def _positive(interactions: Interactions) -> Interactions:
    return interactions.take(interactions.positive)


def _run(folder: Path, name: str) -> None:
    command = [str(venv.python()), "-m", "benchmarks.quality.isolated", str(folder)]
    threads = {variable: str(THREADS) for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    done = subprocess.run(command, cwd=venv.ROOT, env={**os.environ, **threads}, capture_output=True, text=True)
    if done.returncode:
        raise DataError(
            f"the peer {name} failed",
            where=" ".join(command[1:3]),
            seen=done.stderr.strip()[-2000:],
            expected="exit status 0",
            remedy="leave it out with --peers, or fix it",
        )


def _read(file: Path, task: Task) -> Answers:
    with np.load(file) as found:
        items, scores, seconds = found["items"], found["scores"], float(found["seconds"])
    return Answers(*top(_dense(items, scores, task.closed.shape), task.popular, task.closed), seconds)


def _dense(items: Ints, scores: Floats, shape: tuple[int, ...]) -> Floats:
    """Scores of all items, -inf where an item is not in a list."""
    dense = np.full(shape, -np.inf, np.float32)
    row, place = np.nonzero(items >= 0)
    dense[row, items[row, place]] = scores[row, place]
    return dense
