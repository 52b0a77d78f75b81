"""Answers one task: `python -m benchmarks.quality.isolated FOLDER`, with job.json and task.npz in the folder."""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.quality.isolated.task import best, read


def main(folder: Path) -> None:
    """Writes 0.npz, 1.npz, … with the lists of each configuration and the seconds it took."""
    job, task = json.loads((folder / "job.json").read_text()), read(folder / "task.npz")
    model = importlib.import_module(f"benchmarks.quality.isolated.{job['module']}")
    began = time.monotonic()
    for number, scores in model.scores(task, job["configurations"], job["seed"], job["threads"]):
        items, found = best(scores, task, job["depth"])
        np.savez(folder / f"{number}.npz", items=items, scores=found, seconds=time.monotonic() - began)
        began = time.monotonic()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
